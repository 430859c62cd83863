//! What goes into a block comes out, and hostile bytes come to nothing.

use proptest::option::of;
use proptest::prelude::*;

use super::*;

fn decode(body: &[u8]) -> Result<Vec<LogEvent>, InvalidBlock> {
    let block = LogBlock::parse(body)?;
    block.events().map(|raw| block.read(&raw?)).collect()
}

fn decode_all(blocks: &[EncodedBlock]) -> Vec<LogEvent> {
    let events = blocks.iter().map(|block| decode(&block.body).unwrap());
    events.flatten().collect()
}

fn text() -> impl Strategy<Value = Arc<str>> {
    prop_oneof![Just("same".to_owned()), ".{0,20}"].prop_map(Arc::from)
}

fn id<K: Kind>() -> impl Strategy<Value = Id<K>> {
    "[A-Za-z0-9]{1,40}".prop_map(|text| text.parse().unwrap())
}

fn event() -> impl Strategy<Value = LogEvent> {
    let who = (of(id()), of(text()), of(id()), of(any::<IpAddr>()));
    let what = (of(text()), of(text()), of(text()), of((id(), text())));
    let kind = prop::sample::select(&LogKind::ALL[..]);
    (
        (any::<i64>(), kind, text(), text()),
        who,
        what,
        (of(id()), of(text())),
    )
        .prop_map(|(first, who, what, last)| LogEvent {
            at: Timestamp::from_millis(first.0),
            kind: first.1,
            description: first.2,
            client_id: who.0,
            client_name: who.1,
            credential_id: who.2,
            ip: who.3,
            hostname: first.3,
            user_agent: what.0,
            audience: what.1,
            scope: what.2,
            organization: what.3,
            token_id: last.0,
            details: last.1,
        })
}

fn plain(at: i64) -> LogEvent {
    LogEvent::new(
        Timestamp::from_millis(at),
        LogKind::TokenIssued,
        "".into(),
        "acme.example".into(),
    )
}

proptest! {
    #[test]
    fn what_is_written_reads_back(events in prop::collection::vec(event(), 0..40)) {
        let blocks = encode(&events);
        prop_assert_eq!(&decode_all(&blocks), &events);
        for block in &blocks {
            let parsed = LogBlock::parse(&block.body).unwrap();
            prop_assert_eq!(parsed.len(), block.events);
        }
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = decode(&bytes);
        let mut versioned = vec![VERSION];
        versioned.extend(bytes);
        let _ = decode(&versioned);
    }

    #[test]
    fn a_changed_byte_never_makes_it_panic(
        events in prop::collection::vec(event(), 1..10),
        place: prop::sample::Index,
        byte: u8,
    ) {
        let mut body = encode(&events).remove(0).body;
        let place = place.index(body.len());
        body[place] = byte;
        let _ = decode(&body);
    }
}

#[test]
fn a_block_cut_anywhere_is_refused() {
    let events: Vec<_> = (0..3).map(plain).collect();
    let body = encode(&events).remove(0).body;
    for end in 0..body.len() {
        assert!(decode(&body[..end]).is_err(), "{end}");
    }
    let mut longer = body.clone();
    longer.push(0);
    assert_eq!(decode(&longer), Err(InvalidBlock::Long));
}

#[test]
fn a_promise_of_many_events_allocates_nothing() {
    let mut body = vec![VERSION, 0];
    put_number(&mut body, u64::MAX);
    assert_eq!(decode(&body), Err(InvalidBlock::Short));
    let mut body = vec![VERSION, 0, 0];
    put_number(&mut body, u64::MAX >> 1);
    assert_eq!(decode(&body), Err(InvalidBlock::Short));
}

#[test]
fn a_new_version_is_refused_by_its_number() {
    assert_eq!(decode(&[9, 0, 0, 0]), Err(InvalidBlock::Version(9)));
}

#[test]
fn a_block_is_closed_at_its_limits() {
    let many: Vec<_> = (0..12_000).map(plain).collect();
    let blocks = encode(&many);
    let sizes: Vec<_> = blocks.iter().map(|block| block.events).collect();
    assert_eq!(sizes, [5_000, 5_000, 2_000]);
    assert_eq!(blocks[1].first_at, Timestamp::from_millis(5_000));
    assert_eq!(blocks[1].last_at, Timestamp::from_millis(9_999));
    assert_eq!(decode_all(&blocks), many);

    let mut long = plain(0);
    let long_ones: Vec<_> = (0..100)
        .map(|number| {
            long.details = Some(format!("{number}{}", "x".repeat(8_000)).into());
            long.clone()
        })
        .collect();
    let blocks = encode(&long_ones);
    assert!(blocks.iter().all(|block| block.body.len() < 256 * 1_024));
    assert_eq!(blocks.len(), 4);
    assert_eq!(decode_all(&blocks), long_ones);
}

#[test]
fn equal_texts_are_written_once_wherever_they_are() {
    let first = plain(0);
    let second = LogEvent {
        hostname: "acme.example".to_owned().into(),
        ..plain(1)
    };
    let body = encode(&[first, second]).remove(0).body;
    let block = LogBlock::parse(&body).unwrap();
    assert_eq!(block.texts, ["", "acme.example"]);
    assert!(block.has(LogKind::TokenIssued) && !block.has(LogKind::SecretShown));
}
