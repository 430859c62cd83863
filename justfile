# The one entrance for people; CI runs the same scripts.

# Show what there is.
default:
    @just --list

# Format, lints, documentation, licences.
check:
    scripts/check

# Everything that must pass.
test:
    scripts/test

# Write the format.
fmt:
    cargo fmt --all

# A tenant, an API, a job and a token in one go.
quickstart *args:
    cargo run --release -- quickstart {{args}}

# m2mint against the ideal endpoint, on this machine.
bench *args:
    cargo run --release -p m2mint-bench -- {{args}}

# Kill the server a hundred times and look for losses.
kill-loop rounds="100":
    M2MINT_KILL_ROUNDS={{rounds}} cargo test -p m2mint --test durability --release

# Fuzz one target (token_call, scope, identifiers, jwt, log_search, secret).
fuzz target seconds="180":
    cd fuzz && cargo +nightly fuzz run {{target}} -- -max_total_time={{seconds}}

# Rewrite the pages that tests compare.
docs:
    M2MINT_WRITE_DOCS=1 cargo test -p m2mint-server --test errors_doc --test openapi

# Other people's tools against this server: Auth0's SDKs, Deploy CLI, Terraform provider, ….
compat *args:
    cargo build --release -p m2mint
    scripts/compat {{args}} target/release/m2mint
