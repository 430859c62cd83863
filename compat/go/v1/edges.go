package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/auth0/go-auth0"
	"github.com/auth0/go-auth0/management"

	. "m2mint.example/compat/go/steps"
)

// edges: encryption keys, logs, network ACLs, custom domains, stats, attack protection.
func edges() {
	walk.Step("EncryptionKey.List, Read", func() error {
		key := Got(api.EncryptionKey.List(ctx)).Keys[0]
		Same(Got(api.EncryptionKey.Read(ctx, key.GetKID())).GetState(), "active")
		return nil
	})
	// The key that seals everything here is the operator's, not the tenant's.
	walk.Step("EncryptionKey.Create and Rekey are refused in words", func() error {
		key := &management.EncryptionKey{Type: auth0.String("customer-provided-root-key")}
		for _, err := range []error{api.EncryptionKey.Create(ctx, key), api.EncryptionKey.Rekey(ctx)} {
			var refused management.Error
			if !errors.As(err, &refused) || refused.Status() != 400 {
				return fmt.Errorf("expected a refusal, got %v", err)
			}
		}
		return nil
	})

	walk.Step("Log.List, Read", func() error {
		for turn := 0; turn < 100; turn++ {
			found := Got(api.Log.List(ctx, management.Query("type:seccft"), management.PerPage(1)))
			if len(found) > 0 {
				Same(found[0].GetType(), "seccft")
				Same(Got(api.Log.Read(ctx, found[0].GetLogID())).GetLogID(), found[0].GetLogID())
				return nil
			}
			time.Sleep(100 * time.Millisecond)
		}
		return fmt.Errorf("no event in ten seconds")
	})
	walk.Step("LogStream.Create, Read, List, Update, Delete", func() error {
		stream := &management.LogStream{Name: auth0.String(Unique("Hook")), Type: auth0.String("http"), Sink: &management.LogStreamSinkHTTP{
			Endpoint: auth0.String("https://127.0.0.1:1/logs"), ContentType: auth0.String("application/json"), ContentFormat: auth0.String("JSONLINES"),
		}}
		Must(api.LogStream.Create(ctx, stream))
		sink := Got(api.LogStream.Read(ctx, stream.GetID())).Sink.(*management.LogStreamSinkHTTP)
		Same(sink.GetEndpoint(), "https://127.0.0.1:1/logs")
		Some(Got(api.LogStream.List(ctx)), func(one *management.LogStream) bool { return one.GetID() == stream.GetID() })
		change := &management.LogStream{Status: auth0.String("paused")}
		Must(api.LogStream.Update(ctx, stream.GetID(), change))
		Same(change.GetStatus(), "paused")
		return api.LogStream.Delete(ctx, stream.GetID())
	})

	walk.Step("NetworkACL.Create, Read, List, Update, Patch, Delete", func() error {
		acl := &management.NetworkACL{
			Description: auth0.String(Unique("Block")), Active: auth0.Bool(true), Priority: auth0.Int(7),
			Rule: &management.NetworkACLRule{
				Action: &management.NetworkACLRuleAction{Block: auth0.Bool(true)}, Scope: auth0.String("tenant"),
				Match: &management.NetworkACLRuleMatch{IPv4Cidrs: &[]string{"203.0.113.0/24"}},
			},
		}
		Must(api.NetworkACL.Create(ctx, acl))
		Same(Got(api.NetworkACL.Read(ctx, acl.GetID())).GetPriority(), 7)
		Some(Got(api.NetworkACL.List(ctx)), func(one *management.NetworkACL) bool { return one.GetID() == acl.GetID() })
		whole := &management.NetworkACL{Description: auth0.String(Unique("Put")), Active: auth0.Bool(false), Priority: auth0.Int(8), Rule: acl.Rule}
		Must(api.NetworkACL.Update(ctx, acl.GetID(), whole))
		Must(api.NetworkACL.Patch(ctx, acl.GetID(), &management.NetworkACL{Active: auth0.Bool(true)}))
		Same(Got(api.NetworkACL.Read(ctx, acl.GetID())).GetPriority(), 8)
		return api.NetworkACL.Delete(ctx, acl.GetID())
	})
	walk.Step("CustomDomain.Create, Read, List, Verify, Delete", func() error {
		domain := &management.CustomDomain{Domain: auth0.String("login-" + Run + ".example.com"), Type: auth0.String("auth0_managed_certs")}
		Must(api.CustomDomain.Create(ctx, domain))
		Same(Got(api.CustomDomain.Read(ctx, domain.GetID())).GetDomain(), domain.GetDomain())
		wanted := func(one *management.CustomDomain) bool { return one.GetID() == domain.GetID() }
		Some(Got(api.CustomDomain.List(ctx)), wanted)
		Some(Got(api.CustomDomain.ListWithPagination(ctx, management.Take(10))).CustomDomains, wanted)
		_ = Got(api.CustomDomain.Verify(ctx, domain.GetID()))
		return api.CustomDomain.Delete(ctx, domain.GetID())
	})

	walk.Step("Stat.ActiveUsers, Daily", func() error {
		_ = Got(api.Stat.ActiveUsers(ctx))
		_ = Got(api.Stat.Daily(ctx, management.Parameter("from", "20260101"), management.Parameter("to", "20300101")))
		return nil
	})
	walk.Step("AttackProtection.GetSuspiciousIPThrottling, UpdateSuspiciousIPThrottling", func() error {
		_ = Got(api.AttackProtection.GetSuspiciousIPThrottling(ctx))
		return api.AttackProtection.UpdateSuspiciousIPThrottling(ctx, &management.SuspiciousIPThrottling{AllowList: &[]string{"192.0.2.1"}})
	})
}
