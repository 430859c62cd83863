import com.auth0.client.auth.AuthAPI;
import com.auth0.client.mgmt.ManagementApi;
import com.auth0.client.mgmt.actions.triggers.types.UpdateActionBindingsRequestContent;
import com.auth0.client.mgmt.clients.types.PatchClientCredentialRequestContent;
import com.auth0.client.mgmt.clients.types.PostClientCredentialRequestContent;
import com.auth0.client.mgmt.core.ManagementApiException;
import com.auth0.client.mgmt.core.ObjectMappers;
import com.auth0.client.mgmt.keys.types.CreateEncryptionKeyRequestContent;
import com.auth0.client.mgmt.organizations.types.AssociateOrganizationClientGrantRequestContent;
import com.auth0.client.mgmt.organizations.types.CreateOrganizationDiscoveryDomainRequestContent;
import com.auth0.client.mgmt.organizations.types.UpdateOrganizationDiscoveryDomainRequestContent;
import com.auth0.client.mgmt.tenants.types.UpdateTenantSettingsRequestContent;
import com.auth0.client.mgmt.types.*;
import com.auth0.jwt.JWT;
import com.fasterxml.jackson.databind.JsonNode;
import java.security.KeyPairGenerator;
import java.util.Base64;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.stream.StreamSupport;

/** Every manager of Auth0's SDK that concerns machines: create, get, list, update, delete. */
final class Walk {
    static final String DOMAIN = System.getenv("COMPAT_DOMAIN");
    static final String ID = System.getenv("COMPAT_CLIENT_ID");
    static final String SECRET = System.getenv("COMPAT_CLIENT_SECRET");
    static final String RUN = Long.toHexString(System.nanoTime() & 0xffffffffL);
    static final String IDENTIFIER = "https://api-" + RUN + ".example/orders/";
    static final String TRIGGER = "credentials-exchange";
    static final ManagementApi API =
            ManagementApi.builder().domain(DOMAIN).clientCredentials(ID, SECRET).maxRetries(0).build();

    /** A step whose value is an answer of the server, as JSON; null when it failed. */
    static JsonNode step(String name, Callable<Object> run) {
        try {
            Object value = run.call();
            System.out.println("ok java: " + name);
            return ObjectMappers.JSON_MAPPER.valueToTree(value);
        } catch (Throwable error) {
            String said = error instanceof NullPointerException ? "an earlier step failed" : error.toString();
            if (error instanceof ManagementApiException refusal) {
                said = refusal.statusCode() + " " + refusal.body();
            }
            said = said.replaceAll("\\s+", " ");
            System.out.println("FAIL java: " + name + ": " + said.substring(0, Math.min(500, said.length())));
            error.printStackTrace();
            return null;
        }
    }

    /** A request of the SDK, from its JSON with quotes for apostrophes. */
    static <T> T from(Class<T> type, String json, Object... values) throws Exception {
        return ObjectMappers.JSON_MAPPER.readValue(String.format(json, values).replace('\'', '"'), type);
    }

    static JsonNode json(Object value) {
        return ObjectMappers.JSON_MAPPER.valueToTree(value);
    }

    static void same(Object actual, Object expected) {
        if (!Objects.equals(actual, expected)) {
            throw new AssertionError(actual + ", not " + expected);
        }
    }

    static void same(JsonNode actual, String expected) {
        same(actual == null ? null : actual.asText(), expected);
    }

    static void some(Iterable<?> items, String member, String expected) {
        if (StreamSupport.stream(items.spliterator(), false)
                .noneMatch(item -> expected.equals(json(item).path(member).asText()))) {
            throw new AssertionError("no " + member + " is " + expected);
        }
    }

    static void refused(int status, Callable<Object> call) throws Exception {
        try {
            call.call();
        } catch (ManagementApiException refusal) {
            same(refusal.statusCode(), status);
            return;
        }
        throw new AssertionError("expected " + status + ", but it went well");
    }

    static String token(String id, String secret, String audience, String organization) throws Exception {
        var request = AuthAPI.newBuilder(DOMAIN, id, secret).build().requestToken(audience, organization);
        return request.execute().getBody().getAccessToken();
    }

    static String publicKey() throws Exception {
        var pair = KeyPairGenerator.getInstance("RSA").generateKeyPair();
        var text = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(pair.getPublic().getEncoded());
        return "-----BEGIN PUBLIC KEY-----\\n" + text.replace("\n", "\\n") + "\\n-----END PUBLIC KEY-----\\n";
    }

    static Object built(String id) throws Exception {
        for (int turn = 0; turn < 100; turn++) {
            var action = API.actions().get(id);
            if ("built".equals(json(action).path("status").asText())) {
                return action;
            }
            Thread.sleep(100);
        }
        throw new AssertionError("the action was not built in ten seconds");
    }

    public static void main(String[] arguments) {
        step("token by client credentials", () -> {
            same(JWT.decode(token(ID, SECRET, "https://" + DOMAIN + "/api/v2/", null)).getClaim("azp").asString(), ID);
            return null;
        });

        // Resource servers

        var server = step("resourceServers.create", () -> API.resourceServers().create(from(
                CreateResourceServerRequestContent.class,
                "{'identifier':'%s','name':'Orders','token_lifetime':600,'token_dialect':'rfc9068_profile','scopes':[{'value':'read:orders'}]}",
                IDENTIFIER)));
        step("resourceServers.get, list, update", () -> {
            same(json(API.resourceServers().get(server.get("id").asText())).get("token_lifetime").asInt(), 600);
            some(API.resourceServers().list(), "identifier", IDENTIFIER);
            var changed = API.resourceServers().update(server.get("id").asText(),
                    from(UpdateResourceServerRequestContent.class, "{'token_lifetime':700,'scopes':[{'value':'read:orders'},{'value':'write:orders'}]}"));
            same(json(changed).get("token_lifetime").asInt(), 700);
            same(json(changed).get("scopes").size(), 2);
            return null;
        });
        step("resourceServers.create again: 409", () -> {
            refused(409, () -> API.resourceServers().create(from(CreateResourceServerRequestContent.class, "{'identifier':'%s'}", IDENTIFIER)));
            return null;
        });

        // Clients

        var client = step("clients.create", () -> API.clients().create(from(CreateClientRequestContent.class,
                "{'name':'Cron','app_type':'non_interactive','grant_types':['client_credentials'],'client_metadata':{'team':'billing'}}")));
        step("clients.get, list, update", () -> {
            var id = client.get("client_id").asText();
            same(json(API.clients().get(id)).path("client_metadata").get("team"), "billing");
            some(API.clients().list(), "client_id", id);
            var pages = API.clients().list(from(ListClientsRequestParameters.class, "{'per_page':1,'include_totals':true}"));
            some(pages, "client_id", id);
            var changed = API.clients().update(id, from(UpdateClientRequestContent.class, "{'description':'Runs each night'}"));
            same(json(changed).get("description"), "Runs each night");
            return null;
        });
        step("clients.update with a quota", () -> {
            var changed = API.clients().update(client.get("client_id").asText(), from(UpdateClientRequestContent.class,
                    "{'token_quota':{'client_credentials':{'enforce':true,'per_hour':100}}}"));
            same(json(changed).at("/token_quota/client_credentials/per_hour").asInt(), 100);
            return null;
        });
        var rotated = step("clients.rotateSecret", () -> API.clients().rotateSecret(client.get("client_id").asText()));
        step("clients.credentials: create, get, list, update, delete", () -> {
            var id = client.get("client_id").asText();
            var credential = json(API.clients().credentials().create(id, from(PostClientCredentialRequestContent.class,
                    "{'credential_type':'public_key','name':'Key','alg':'RS256','pem':'%s'}", publicKey())));
            var key = credential.get("id").asText();
            same(json(API.clients().credentials().get(id, key)).get("kid"), credential.get("kid").asText());
            some(API.clients().credentials().list(id), "id", key);
            var changed = API.clients().credentials().update(id, key,
                    from(PatchClientCredentialRequestContent.class, "{'expires_at':'2099-01-01T00:00:00.000Z'}"));
            same(json(changed).get("expires_at").asText().substring(0, 4), "2099");
            API.clients().credentials().delete(id, key);
            same(API.clients().credentials().list(id).size(), 0);
            return null;
        });

        // Client grants and organizations

        var grant = step("clientGrants.create", () -> API.clientGrants().create(from(CreateClientGrantRequestContent.class,
                "{'client_id':'%s','audience':'%s','scope':['read:orders'],'organization_usage':'allow'}", client.get("client_id").asText(), IDENTIFIER)));
        step("clientGrants.get, list", () -> {
            same(json(API.clientGrants().get(grant.get("id").asText())).get("audience"), IDENTIFIER);
            some(API.clientGrants().list(from(ListClientGrantsRequestParameters.class, "{'take':1}")), "id", grant.get("id").asText());
            return null;
        });
        step("token of the granted client", () -> {
            var text = token(client.get("client_id").asText(), rotated.get("client_secret").asText(), IDENTIFIER, null);
            same(JWT.decode(text).getClaim("scope").asString(), "read:orders");
            return null;
        });
        step("clientGrants.update", () -> {
            var changed = API.clientGrants().update(grant.get("id").asText(),
                    from(UpdateClientGrantRequestContent.class, "{'scope':['write:orders'],'organization_usage':'require'}"));
            same(json(changed).at("/scope/0"), "write:orders");
            return null;
        });
        var organization = step("organizations.create", () -> API.organizations().create(
                from(CreateOrganizationRequestContent.class, "{'name':'acme-%s','display_name':'Acme','metadata':{'plan':'big'}}", RUN)));
        step("organizations.get, getByName, list, update", () -> {
            var id = organization.get("id").asText();
            same(json(API.organizations().get(id)).at("/metadata/plan"), "big");
            same(json(API.organizations().getByName("acme-" + RUN)).get("id"), id);
            some(API.organizations().list(from(ListOrganizationsRequestParameters.class, "{'take':1}")), "id", id);
            var changed = API.organizations().update(id, from(UpdateOrganizationRequestContent.class, "{'display_name':'Acme 2'}"));
            same(json(changed).get("display_name"), "Acme 2");
            return null;
        });
        step("organizations.clientGrants: create, list; clientGrants.organizations.list", () -> {
            var id = organization.get("id").asText();
            API.organizations().clientGrants().create(id,
                    from(AssociateOrganizationClientGrantRequestContent.class, "{'grant_id':'%s'}", grant.get("id").asText()));
            some(API.organizations().clientGrants().list(id), "id", grant.get("id").asText());
            some(API.clientGrants().organizations().list(grant.get("id").asText()), "id", id);
            return null;
        });
        step("token for an organization", () -> {
            var text = token(client.get("client_id").asText(), rotated.get("client_secret").asText(), IDENTIFIER, organization.get("id").asText());
            same(JWT.decode(text).getClaim("org_id").asString(), organization.get("id").asText());
            return null;
        });
        step("organizations.discoveryDomains: create, get, list, update, delete", () -> {
            var id = organization.get("id").asText();
            var domains = API.organizations().discoveryDomains();
            var domain = json(domains.create(id, from(CreateOrganizationDiscoveryDomainRequestContent.class, "{'domain':'%s.acme.example'}", RUN)));
            var domainId = domain.get("id").asText();
            same(json(domains.get(id, domainId)).get("domain"), RUN + ".acme.example");
            some(domains.list(id), "id", domainId);
            var changed = domains.update(id, domainId, from(UpdateOrganizationDiscoveryDomainRequestContent.class, "{'status':'verified'}"));
            same(json(changed).get("status"), "verified");
            domains.delete(id, domainId);
            return null;
        });
        step("organizations.clientGrants.delete", () -> {
            API.organizations().clientGrants().delete(organization.get("id").asText(), grant.get("id").asText());
            return null;
        });

        // Tenant settings

        step("tenants.settings: get, update", () -> {
            API.tenants().settings().get();
            var changed = API.tenants().settings().update(from(UpdateTenantSettingsRequestContent.class, "{'friendly_name':'Tenant %s'}", RUN));
            same(json(changed).get("friendly_name"), "Tenant " + RUN);
            return null;
        });

        // Actions

        var action = step("actions.create, and get until built", () -> {
            var made = json(API.actions().create(from(CreateActionRequestContent.class,
                    "{'name':'Claims','runtime':'node22','secrets':[{'name':'word','value':'sesame'}],"
                            + "'code':'exports.onExecuteCredentialsExchange = async (event, api) => { api.accessToken.setCustomClaim(`word`, event.secrets.word); };',"
                            + "'supported_triggers':[{'id':'%s','version':'v2'}]}", TRIGGER)));
            return built(made.get("id").asText());
        });
        step("actions.deploy, versions, list, triggers", () -> {
            var id = action.get("id").asText();
            var version = json(API.actions().deploy(id));
            same(version.get("number").asInt(), 1);
            some(API.actions().versions().list(id), "id", version.get("id").asText());
            same(json(API.actions().versions().get(id, version.get("id").asText())).get("id"), version.get("id").asText());
            some(API.actions().list(), "id", id);
            some(API.actions().triggers().list().getTriggers().orElseThrow(), "id", TRIGGER);
            return null;
        });
        step("actions.triggers.bindings: updateMany, list; the token", () -> {
            var bindings = API.actions().triggers().bindings();
            bindings.updateMany(TRIGGER, from(UpdateActionBindingsRequestContent.class,
                    "{'bindings':[{'display_name':'Claims','ref':{'type':'action_id','value':'%s'}}]}", action.get("id").asText()));
            some(bindings.list(TRIGGER), "display_name", "Claims");
            API.clientGrants().update(grant.get("id").asText(), from(UpdateClientGrantRequestContent.class, "{'organization_usage':'deny'}"));
            var text = token(client.get("client_id").asText(), rotated.get("client_secret").asText(), IDENTIFIER, null);
            same(JWT.decode(text).getClaim("word").asString(), "sesame");
            return null;
        });
        step("actions.delete", () -> {
            API.actions().triggers().bindings().updateMany(TRIGGER, from(UpdateActionBindingsRequestContent.class, "{'bindings':[]}"));
            API.actions().delete(action.get("id").asText());
            refused(404, () -> API.actions().get(action.get("id").asText()));
            return null;
        });

        // The rest

        step("keys.encryption: list, get", () -> {
            var key = json(API.keys().encryption().list().iterator().next());
            same(json(API.keys().encryption().get(key.get("kid").asText())).get("state"), "active");
            return null;
        });
        // The key that seals everything here is the operator's, not the tenant's.
        step("keys.encryption: a key of one's own is refused in words", () -> {
            var own = from(CreateEncryptionKeyRequestContent.class, "{'type':'customer-provided-root-key'}");
            try {
                API.keys().encryption().create(own);
            } catch (ManagementApiException refused) {
                same(refused.statusCode(), 400);
                return null;
            }
            throw new AssertionError("it was taken");
        });
        step("logs.list, get", () -> {
            var event = json(API.logs().list(from(ListLogsRequestParameters.class, "{'per_page':10}")).iterator().next());
            same(json(API.logs().get(event.get("log_id").asText())).get("type"), event.get("type").asText());
            return null;
        });
        step("logStreams: create, get, list, update, delete", () -> {
            var stream = json(API.logStreams().create(from(CreateLogStreamRequestContent.class,
                    "{'name':'Hook','type':'http','sink':{'httpEndpoint':'https://127.0.0.1:1/logs','httpContentType':'application/json','httpContentFormat':'JSONLINES'}}")));
            var id = stream.get("id").asText();
            same(json(API.logStreams().get(id)).get("name"), "Hook");
            some(API.logStreams().list(), "id", id);
            same(json(API.logStreams().update(id, from(UpdateLogStreamRequestContent.class, "{'status':'paused'}"))).get("status"), "paused");
            API.logStreams().delete(id);
            return null;
        });
        step("networkAcls: create, list, get, update, delete", () -> {
            API.networkAcls().create(from(CreateNetworkAclRequestContent.class,
                    "{'description':'Block','active':true,'priority':7,'rule':{'action':{'block':true},'scope':'tenant','match':{'ipv4_cidrs':['203.0.113.0/24']}}}"));
            var id = json(API.networkAcls().list().iterator().next()).get("id").asText();
            same(json(API.networkAcls().get(id)).get("priority").asInt(), 7);
            same(json(API.networkAcls().update(id, from(UpdateNetworkAclRequestContent.class, "{'active':false}"))).get("active").asBoolean(), false);
            API.networkAcls().delete(id);
            return null;
        });
        step("customDomains: create, get, list, delete", () -> {
            var id = json(API.customDomains().create(from(CreateCustomDomainRequestContent.class,
                    "{'domain':'login-%s.example.com','type':'auth0_managed_certs'}", RUN))).get("custom_domain_id").asText();
            same(json(API.customDomains().get(id)).get("domain"), "login-" + RUN + ".example.com");
            some(API.customDomains().list(), "custom_domain_id", id);
            API.customDomains().delete(id);
            return null;
        });
        step("stats", () -> {
            API.stats().getActiveUsersCount();
            return API.stats().getDaily();
        });

        // The end

        step("clientGrants, organizations, clients, resourceServers: delete", () -> {
            API.clientGrants().delete(grant.get("id").asText());
            API.organizations().delete(organization.get("id").asText());
            API.clients().delete(client.get("client_id").asText());
            refused(404, () -> API.clients().get(client.get("client_id").asText()));
            API.resourceServers().delete(server.get("id").asText());
            return null;
        });
        step("keys.signing: list, get, rotate, revoke", () -> {
            for (var key : API.keys().signing().list()) {
                var node = json(key);
                if (node.path("current").asBoolean()) {
                    var kid = node.get("kid").asText();
                    same(json(API.keys().signing().get(kid)).get("thumbprint"), node.get("thumbprint").asText());
                    API.keys().signing().rotate();
                    same(json(API.keys().signing().revoke(kid)).get("kid"), kid);
                    return null;
                }
            }
            throw new AssertionError("no current key");
        });
        System.exit(0);
    }
}
