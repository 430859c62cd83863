package main

import (
	"fmt"
	"time"

	"github.com/auth0/go-auth0"
	"github.com/auth0/go-auth0/management"

	. "m2mint.example/compat/go/steps"
)

const trigger = "credentials-exchange"

func code(claim string) *string {
	return auth0.String(fmt.Sprintf(`exports.onExecuteCredentialsExchange = async (event, api) => {
  api.accessToken.setCustomClaim("https://x.example/%s", event.secrets.word);
};`, claim))
}

// built waits until an action is built.
func built(id string) *management.Action {
	for turn := 0; turn < 100; turn++ {
		one := Got(api.Action.Read(ctx, id))
		if one.GetStatus() == "built" {
			return one
		}
		time.Sleep(100 * time.Millisecond)
	}
	panic("the action was not built in ten seconds")
}

// actions: actions, their versions and bindings; token exchange profiles, which need one.
func actions() {
	action := &management.Action{
		Name: auth0.String(Unique("Claims")), Code: code("one"), Runtime: auth0.String("node22"),
		SupportedTriggers: []management.ActionTrigger{{ID: auth0.String(trigger), Version: auth0.String("v2")}},
		Secrets:           &[]management.ActionSecret{{Name: auth0.String("word"), Value: auth0.String("sesame")}},
	}
	walk.Step("Action.Create, and Read until built", func() error {
		Must(api.Action.Create(ctx, action))
		secrets := built(action.GetID()).GetSecrets()
		Same([]string{secrets[0].GetName(), secrets[0].GetValue()}, []string{"word", ""})
		return nil
	})
	var version *management.ActionVersion
	walk.Step("Action.Deploy, Update, Deploy again", func() error {
		version = Got(api.Action.Deploy(ctx, action.GetID()))
		Same(version.Number, 1)
		Must(api.Action.Update(ctx, action.GetID(), &management.Action{
			Name: action.Name, SupportedTriggers: action.SupportedTriggers, Code: code("two"),
		}))
		built(action.GetID())
		Same(Got(api.Action.Deploy(ctx, action.GetID())).Number, 2)
		return nil
	})
	walk.Step("Action.Versions, Version, DeployVersion", func() error {
		Same(len(Got(api.Action.Versions(ctx, action.GetID())).Versions), 2)
		Same(Got(api.Action.Version(ctx, action.GetID(), version.GetID())).GetCode(), *code("one"))
		_ = Got(api.Action.DeployVersion(ctx, action.GetID(), version.GetID()))
		Same(Got(api.Action.Read(ctx, action.GetID())).GetDeployedVersion().GetCode(), *code("one"))
		return nil
	})
	walk.Step("Action.Test", func() error {
		return api.Action.Test(ctx, action.GetID(), &management.ActionTestPayload{"event": map[string]any{}})
	})
	walk.Step("Action.List, Triggers", func() error {
		wanted := func(one *management.Action) bool { return one.GetID() == action.GetID() }
		Some(Got(api.Action.List(ctx, management.Parameter("triggerId", trigger))).Actions, wanted)
		Some(Got(api.Action.Triggers(ctx)).Triggers, func(one *management.ActionTrigger) bool { return one.GetID() == trigger })
		return nil
	})
	walk.Step("Action.UpdateBindings, Bindings", func() error {
		Must(api.Action.UpdateBindings(ctx, trigger, []*management.ActionBinding{{
			Ref: &management.ActionBindingReference{Type: auth0.String("action_id"), Value: action.ID}, DisplayName: auth0.String("Claims"),
		}}))
		Same(Got(api.Action.Bindings(ctx, trigger)).Bindings[0].GetAction().GetID(), action.GetID())
		return nil
	})
	walk.Step("a bound action changes the token", func() error {
		Must(api.ClientGrant.Update(ctx, grant.GetID(), &management.ClientGrant{OrganizationUsage: auth0.String("deny")}))
		Same(Claims(client.GetClientID(), newSecret, identifier, "")["https://x.example/one"], "sesame")
		return nil
	})
	walk.Step("Action.Delete", func() error {
		Must(api.Action.UpdateBindings(ctx, trigger, []*management.ActionBinding{}))
		Must(api.Action.Delete(ctx, action.GetID()))
		_, err := api.Action.Read(ctx, action.GetID())
		Refused(404, err)
		return nil
	})
	walk.Step("TokenExchangeProfile.Create, Read, List, Update, Delete", func() error {
		exchange := &management.Action{
			Name: auth0.String(Unique("Exchange")), Code: auth0.String("exports.onExecuteCustomTokenExchange = async () => {};"),
			SupportedTriggers: []management.ActionTrigger{{ID: auth0.String("custom-token-exchange"), Version: auth0.String("v1")}},
		}
		Must(api.Action.Create(ctx, exchange))
		built(exchange.GetID())
		_ = Got(api.Action.Deploy(ctx, exchange.GetID()))
		profile := &management.TokenExchangeProfile{
			Name: auth0.String(Unique("Legacy")), Type: auth0.String("custom_authentication"),
			SubjectTokenType: auth0.String("urn:" + Run + ":legacy"), ActionID: exchange.ID,
		}
		Must(api.TokenExchangeProfile.Create(ctx, profile))
		Same(Got(api.TokenExchangeProfile.Read(ctx, profile.GetID())).GetActionID(), exchange.GetID())
		Same(len(Got(api.TokenExchangeProfile.List(ctx)).TokenExchangeProfiles), 1)
		Must(api.TokenExchangeProfile.Update(ctx, profile.GetID(), &management.TokenExchangeProfile{Name: auth0.String(Unique("Legacy 2"))}))
		Must(api.TokenExchangeProfile.Delete(ctx, profile.GetID()))
		return api.Action.Delete(ctx, exchange.GetID())
	})
}
