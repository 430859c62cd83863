# Two machines, the API they call, and an action that looks at their tokens.

terraform {
  required_providers {
    auth0 = {
      source = "auth0/auth0"
    }
  }
}

variable "public_key" {
  type = string
}

variable "lifetime" {
  type    = number
  default = 3600
}

resource "auth0_resource_server" "invoices" {
  name           = "Terraform invoices"
  identifier     = "https://invoices.terraform.example/"
  signing_alg    = "RS256"
  token_lifetime = var.lifetime
}

resource "auth0_resource_server_scopes" "invoices" {
  resource_server_identifier = auth0_resource_server.invoices.identifier

  scopes {
    name        = "read:invoices"
    description = "Read invoices"
  }

  scopes {
    name        = "write:invoices"
    description = "Write invoices"
  }
}

resource "auth0_client" "cron" {
  name        = "Terraform cron"
  description = "Runs each night"
  app_type    = "non_interactive"
  grant_types = ["client_credentials"]

  client_metadata = {
    team = "billing"
  }

  jwt_configuration {
    alg = "RS256"
  }
}

resource "auth0_client" "signer" {
  name        = "Terraform signer"
  app_type    = "non_interactive"
  grant_types = ["client_credentials"]

  jwt_configuration {
    alg = "RS256"
  }
}

resource "auth0_client_credentials" "cron" {
  client_id             = auth0_client.cron.id
  authentication_method = "client_secret_post"
}

resource "auth0_client_credentials" "signer" {
  client_id             = auth0_client.signer.id
  authentication_method = "private_key_jwt"

  private_key_jwt {
    credentials {
      name            = "Key of the signer"
      credential_type = "public_key"
      algorithm       = "RS256"
      pem             = var.public_key
    }
  }
}

resource "auth0_client_grant" "cron" {
  client_id = auth0_client.cron.id
  audience  = auth0_resource_server.invoices.identifier
  scopes    = ["read:invoices"]

  depends_on = [auth0_resource_server_scopes.invoices]
}

resource "auth0_organization" "acme" {
  name         = "terraform-acme"
  display_name = "Acme"

  metadata = {
    plan = "big"
  }
}

resource "auth0_action" "claims" {
  name   = "Terraform claims"
  deploy = true
  code   = <<-EOT
    exports.onExecuteCredentialsExchange = async (event, api) => {
      api.accessToken.setCustomClaim('https://terraform.example/word', event.secrets.WORD);
    };
  EOT

  supported_triggers {
    id      = "credentials-exchange"
    version = "v2"
  }

  secrets {
    name  = "WORD"
    value = "sesame"
  }
}

resource "auth0_trigger_actions" "exchange" {
  trigger = "credentials-exchange"

  actions {
    id           = auth0_action.claims.id
    display_name = auth0_action.claims.name
  }
}

output "cron" {
  value = auth0_client.cron.id
}

output "invoices" {
  value = auth0_resource_server.invoices.id
}

output "acme" {
  value = auth0_organization.acme.id
}

output "grant" {
  value = auth0_client_grant.cron.id
}
