//! What log streams send to: each kind's members, what they may say, and their order.

use axum::http::{HeaderName, HeaderValue};
use m2mint_authority::log_stream::SinkKind;
use m2mint_authority::registry::log_streams::Sink;
use serde_json::{Value, json};

use crate::api::access::Permitted;
use crate::api::error::ApiError;
use crate::api::field::Fields;
use crate::api::schema::{
    BOOLEAN, Format, Member, Schema, TEXT, check, choice, either, list as list_of,
    object as closed, optional, required,
};

/// The one secret that is not shown, and stays when a new sink does not say it.
pub(super) const NEVER_SHOWN: &str = "mixpanelServiceAccountPassword";
/// Headers that are the connection's, or have members of their own.
const RESERVED_HEADERS: &[&str] = &[
    "authorization",
    "connection",
    "content-length",
    "content-type",
    "expect",
    "host",
    "keep-alive",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];
pub(super) const NAME_MAX: usize = 256;
const VALUE_MAX: usize = 4_096;
const HEADERS_MAX: usize = 10;

const AWS_REGIONS: &[&str] = &[
    "af-south-1",
    "ap-east-1",
    "ap-east-2",
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-south-2",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-southeast-3",
    "ap-southeast-4",
    "ap-southeast-5",
    "ap-southeast-6",
    "ap-southeast-7",
    "ca-central-1",
    "ca-west-1",
    "eu-central-1",
    "eu-central-2",
    "eu-north-1",
    "eu-south-1",
    "eu-south-2",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "il-central-1",
    "me-central-1",
    "me-south-1",
    "mx-central-1",
    "sa-east-1",
    "us-gov-east-1",
    "us-gov-west-1",
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
];
const AZURE_REGIONS: &[&str] = &[
    "australiacentral",
    "australiaeast",
    "australiasoutheast",
    "brazilsouth",
    "canadacentral",
    "canadaeast",
    "centralindia",
    "centralus",
    "eastasia",
    "eastus",
    "eastus2",
    "francecentral",
    "germanywestcentral",
    "japaneast",
    "japanwest",
    "koreacentral",
    "koreasouth",
    "northcentralus",
    "northeurope",
    "norwayeast",
    "southafricanorth",
    "southcentralus",
    "southeastasia",
    "southindia",
    "swedencentral",
    "switzerlandnorth",
    "uaenorth",
    "uksouth",
    "ukwest",
    "westcentralus",
    "westeurope",
    "westindia",
    "westus",
    "westus2",
];

const fn pattern(name: &'static str, holds: fn(&str) -> bool) -> Format {
    Format {
        name,
        holds,
        pattern: Some(name),
    }
}

fn all_digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Without TLS to this machine only, which [`crate::Reach::check`] sees to.
const ADDRESS: Format = pattern("^https://.*", |text| {
    text.starts_with("https://") || text.starts_with("http://")
});
const ACCOUNT: Format = pattern("^\\d{12}$", |text| text.len() == 12 && all_digits(text));
const PORT: Format = pattern("^[0-9]*$", all_digits);
const PROJECT: Format = pattern("^\\d+$", |text| !text.is_empty() && all_digits(text));
const NO_COLON: Format = pattern("^[^:]+$", |text| !text.is_empty() && !text.contains(':'));
const SUBSCRIPTION: Format = pattern(
    "^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$",
    |text| {
        let parts: Vec<&str> = text.split('-').collect();
        parts.iter().map(|part| part.len()).eq([8, 4, 4, 4, 12])
            && parts
                .iter()
                .all(|part| part.bytes().all(|byte| byte.is_ascii_hexdigit()))
    },
);

pub(super) const SHORT: Schema = TEXT.length(0, NAME_MAX);
const LONG: Schema = TEXT.length(0, VALUE_MAX);

const HTTP: Schema = closed(&[
    optional(
        "httpAuthorization",
        LONG.about("Sent as the Authorization header, as it is."),
    ),
    optional(
        "httpContentFormat",
        choice(&["JSONARRAY", "JSONLINES", "JSONOBJECT"]).about("JSONOBJECT: one event a request."),
    ),
    optional("httpContentType", SHORT),
    required("httpEndpoint", LONG.format(ADDRESS)),
    optional("httpCustomHeaders", list_of(&HEADER).at_most(HEADERS_MAX)),
]);
const HEADER: Schema = closed(&[required("header", SHORT), required("value", LONG)]);
const DATADOG: Schema = closed(&[
    required("datadogApiKey", LONG),
    required("datadogRegion", choice(&["us", "eu", "us3", "us5"])),
]);
const SPLUNK: Schema = closed(&[
    required("splunkDomain", SHORT),
    required("splunkPort", SHORT.format(PORT)),
    required("splunkToken", LONG),
    required("splunkSecure", BOOLEAN),
]);
const SUMO: Schema = closed(&[required("sumoSourceAddress", LONG)]);
const SEGMENT: Schema = closed(&[required("segmentWriteKey", LONG)]);
const MIXPANEL: Schema = closed(&[
    required("mixpanelRegion", choice(&["us", "eu"])),
    required("mixpanelProjectId", SHORT.format(PROJECT)),
    required("mixpanelServiceAccountUsername", SHORT.format(NO_COLON)),
    required(NEVER_SHOWN, LONG.format(NO_COLON)),
]);
/// A change may leave the password as it is.
const MIXPANEL_CHANGE: Schema = closed(&[
    required("mixpanelRegion", choice(&["us", "eu"])),
    required("mixpanelProjectId", SHORT.format(PROJECT)),
    required("mixpanelServiceAccountUsername", SHORT.format(NO_COLON)),
    optional(NEVER_SHOWN, LONG.format(NO_COLON)),
]);
const EVENTBRIDGE: Schema = closed(&[
    required("awsAccountId", TEXT.format(ACCOUNT)),
    required("awsRegion", choice(AWS_REGIONS)),
    optional("awsPartnerEventSource", SHORT),
]);
const EVENTGRID: Schema = closed(&[
    required("azureSubscriptionId", TEXT.format(SUBSCRIPTION)),
    required("azureRegion", choice(AZURE_REGIONS)),
    required("azureResourceGroup", SHORT),
    optional("azurePartnerTopic", SHORT),
]);

pub(super) const SINK: Schema = either(&[
    HTTP,
    EVENTBRIDGE,
    EVENTGRID,
    DATADOG,
    SPLUNK,
    SUMO,
    SEGMENT,
    MIXPANEL,
]);
pub(super) const SINK_CHANGE: Schema =
    either(&[HTTP, DATADOG, SPLUNK, SUMO, SEGMENT, MIXPANEL_CHANGE]);
pub(super) const fn schema(kind: SinkKind) -> &'static [Member] {
    match kind {
        SinkKind::Datadog => const { &[required("sink", DATADOG)] },
        SinkKind::Eventbridge => const { &[required("sink", EVENTBRIDGE)] },
        SinkKind::Eventgrid => const { &[required("sink", EVENTGRID)] },
        SinkKind::Http => const { &[required("sink", HTTP)] },
        SinkKind::Mixpanel => const { &[required("sink", MIXPANEL)] },
        SinkKind::Segment => const { &[required("sink", SEGMENT)] },
        SinkKind::Splunk => const { &[required("sink", SPLUNK)] },
        SinkKind::Sumo => const { &[required("sink", SUMO)] },
    }
}

pub(super) const fn schema_of_change(kind: SinkKind) -> &'static [Member] {
    match kind {
        SinkKind::Mixpanel => const { &[required("sink", MIXPANEL_CHANGE)] },
        SinkKind::Datadog
        | SinkKind::Eventbridge
        | SinkKind::Eventgrid
        | SinkKind::Http
        | SinkKind::Segment
        | SinkKind::Splunk
        | SinkKind::Sumo => schema(kind),
    }
}

/// A sink that fits its kind, and leads to where this server may go.
pub(super) fn read_sink(
    at: &Permitted,
    kind: SinkKind,
    said: Fields,
    members: &'static [Member],
) -> Result<Sink, ApiError> {
    let said = said.into_members();
    let body = json!({"sink": said});
    check(&closed(members), &body)
        .map_err(|wrong| ApiError::invalid_body(format!("Payload validation error: {wrong}.")))?;
    let sink: Sink = said.into_iter().collect();
    if kind == SinkKind::Http {
        check_http(at, &sink)?;
    }
    Ok(sink)
}

fn check_http(at: &Permitted, sink: &Sink) -> Result<(), ApiError> {
    let wrong = |member: &str, reason: &str| {
        ApiError::invalid_body(format!(
            "Payload validation error: '{reason}' on property sink.{member}."
        ))
    };
    let text = |member: &str| sink.get(member).and_then(Value::as_str);
    let reach = at.settings().log_sink_reach();
    reach
        .check(text("httpEndpoint").unwrap_or_default())
        .map_err(|reason| wrong("httpEndpoint", reason))?;
    for member in ["httpAuthorization", "httpContentType"] {
        let value = text(member).unwrap_or_default();
        HeaderValue::from_str(value).map_err(|_| wrong(member, "it is no value of a header"))?;
    }
    let headers = sink.get("httpCustomHeaders").and_then(Value::as_array);
    for one in headers.into_iter().flatten() {
        let text = |member: &str| one.get(member).and_then(Value::as_str).unwrap_or_default();
        let name = HeaderName::from_bytes(text("header").as_bytes()).ok();
        let free = name.is_some_and(|name| {
            !RESERVED_HEADERS.contains(&name.as_str()) && !name.as_str().starts_with("proxy-")
        });
        if !free {
            let reason = "it is no name of a header that may be added";
            return Err(wrong("httpCustomHeaders.header", reason));
        }
        HeaderValue::from_str(text("value"))
            .map_err(|_| wrong("httpCustomHeaders.value", "it is no value of a header"))?;
    }
    Ok(())
}

pub(super) const fn order(kind: SinkKind) -> &'static [&'static str] {
    match kind {
        SinkKind::Datadog => &["datadogApiKey", "datadogRegion"],
        SinkKind::Eventbridge => &["awsAccountId", "awsRegion", "awsPartnerEventSource"],
        SinkKind::Eventgrid => &[
            "azureSubscriptionId",
            "azureRegion",
            "azureResourceGroup",
            "azurePartnerTopic",
        ],
        SinkKind::Http => &[
            "httpAuthorization",
            "httpContentFormat",
            "httpContentType",
            "httpEndpoint",
            "httpCustomHeaders",
        ],
        SinkKind::Mixpanel => &[
            "mixpanelRegion",
            "mixpanelProjectId",
            "mixpanelServiceAccountUsername",
            NEVER_SHOWN,
        ],
        SinkKind::Segment => &["segmentWriteKey"],
        SinkKind::Splunk => &["splunkDomain", "splunkPort", "splunkToken", "splunkSecure"],
        SinkKind::Sumo => &["sumoSourceAddress"],
    }
}
