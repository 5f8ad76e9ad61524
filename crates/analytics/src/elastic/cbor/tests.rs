use super::{CborError, DEPTH, from_slice, half};
use proptest::prelude::*;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;

#[derive(Debug, PartialEq, Deserialize)]
struct Bucket {
    key: f64,
    #[serde(default)]
    name: Option<String>,
}

fn read(bytes: &[u8]) -> Result<Value, CborError> {
    from_slice(bytes)
}

/// The examples of RFC 8949, appendix A, that JSON can say.
#[test]
fn the_examples_of_the_specification_are_read() {
    let examples: [(&[u8], Value); 27] = [
        (b"\x00", json!(0)),
        (b"\x17", json!(23)),
        (b"\x18\x18", json!(24)),
        (b"\x19\x03\xe8", json!(1_000)),
        (b"\x1a\x00\x0f\x42\x40", json!(1_000_000)),
        (b"\x1b\xff\xff\xff\xff\xff\xff\xff\xff", json!(u64::MAX)),
        (b"\x20", json!(-1)),
        (b"\x39\x03\xe7", json!(-1_000)),
        (b"\xf9\x3c\x00", json!(1.0)),
        (b"\xf9\x7b\xff", json!(65_504.0)),
        (b"\xf9\x00\x01", json!(f64::from(2_f32.powi(-24)))),
        (b"\xf9\xc4\x00", json!(-4.0)),
        (b"\xfa\x47\xc3\x50\x00", json!(100_000.0)),
        (b"\xfb\x3f\xf1\x99\x99\x99\x99\x99\x9a", json!(1.1)),
        (b"\xf4", json!(false)),
        (b"\xf5", json!(true)),
        (b"\xf6", json!(null)),
        (b"\xf7", json!(null)),
        (b"\xc1\x1a\x51\x4b\x67\xb0", json!(1_363_896_240)),
        (b"\x62\xc3\xbc", json!("\u{fc}")),
        (b"\x7f\x65strea\x64ming\xff", json!("streaming")),
        (b"\x80", json!([])),
        (b"\x83\x01\x82\x02\x03\x82\x04\x05", json!([1, [2, 3], [4, 5]])),
        (b"\x9f\x01\x82\x02\x03\x9f\x04\x05\xff\xff", json!([1, [2, 3], [4, 5]])),
        (b"\xa2\x61a\x01\x61b\x82\x02\x03", json!({"a": 1, "b": [2, 3]})),
        (b"\xbf\x61a\x01\x61b\x9f\x02\x03\xff\xff", json!({"a": 1, "b": [2, 3]})),
        (b"\xbf\x7f\x61F\x62un\xff\xf5\xff", json!({"Fun": true})),
    ];
    for (bytes, expected) in examples {
        assert_eq!(read(bytes).unwrap(), expected, "{bytes:x?}");
    }
    assert!(half(0x7C00).is_infinite() && half(0xFC00) < 0.0 && half(0x7E00).is_nan());
}

#[test]
fn what_is_not_well_formed_is_refused() {
    let wrong: [(&[u8], &str); 12] = [
        (b"", "it breaks off"),
        (b"\x19\x03", "it breaks off"),
        (b"\x63ab", "it breaks off"),
        (b"\x7b\xff\xff\xff\xff\xff\xff\xff\xffa", "it breaks off"),
        (b"\x9b\xff\xff\xff\xff\xff\xff\xff\xff\x01", "it breaks off"),
        (b"\x9f\x01", "it breaks off"),
        (b"\x01\x02\x03", "2 bytes follow its end"),
        (b"\x1c", "nothing begins with the byte 0x1c"),
        (b"\xff", "nothing begins with the byte 0xff"),
        (b"\x7f\x41a\xff", "nothing begins with the byte 0x41"),
        (b"\x62\xc3\x28", "a text is not UTF-8"),
        (b"\x3b\xff\xff\xff\xff\xff\xff\xff\xff", "JSON number out of range"),
    ];
    for (bytes, expected) in wrong {
        assert_eq!(read(bytes).unwrap_err().to_string(), expected, "{bytes:x?}");
    }
    assert!(from_slice::<(u8, u8)>(b"\x83\x01\x02\x03").is_err(), "a list that is longer than expected");
    assert!(from_slice::<(u8, u8)>(b"\x9f\x01\x02\x03\xff").is_err());
    assert_eq!(from_slice::<(u8, u8)>(b"\x9f\x01\x02\xff").unwrap(), (1, 2));
}

#[test]
fn nesting_has_a_limit_whether_it_is_read_or_passed_over() {
    for (list, end) in [(0x81, &[][..]), (0x9F, &[0xFF; DEPTH as usize][..]), (0xC1, &[][..])] {
        let nested = |depth: u8| {
            [&vec![list; depth.into()][..], &[0x80], &end[..end.len().min(depth.into())]].concat()
        };
        let ignored = |depth| from_slice::<serde::de::IgnoredAny>(&nested(depth));
        assert!(read(&nested(DEPTH - 1)).is_ok() && ignored(DEPTH - 1).is_ok());
        let is_tag = list == 0xC1;
        assert_eq!(read(&nested(DEPTH)).is_ok(), is_tag, "tags are passed over one after the other");
        assert_eq!(ignored(DEPTH).is_ok(), is_tag);
    }
}

#[test]
fn fields_are_found_and_others_passed_over() {
    let bytes = b"\xbf\x63key\xfb\x3f\xf1\x99\x99\x99\x99\x99\x9a\x65other\xbf\x61a\x9f\x01\xf6\xfa\x47\xc3\x50\x00\x7f\x61x\xff\xff\xff\
                  \x64name\xf6\xff";
    assert_eq!(from_slice::<Bucket>(bytes).unwrap(), Bucket { key: 1.1, name: None });
    // The name of a field in pieces, and a value behind a tag.
    let bytes = b"\xa2\x7f\x61k\x62ey\xff\xc1\x02\x64name\x61n";
    assert_eq!(from_slice::<Bucket>(bytes).unwrap(), Bucket { key: 2.0, name: Some("n".to_owned()) });
    let error = from_slice::<Bucket>(b"\xa1\x64name\x61n").unwrap_err();
    assert_eq!(error.to_string(), "missing field `key`");
    let map = from_slice::<BTreeMap<String, Vec<u8>>>(b"\xa1\x61a\x82\x01\x02").unwrap();
    assert_eq!(map["a"], [1, 2]);
}

/// Anything but null, for which that library writes an empty list.
fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        any::<bool>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        proptest::num::f64::NORMAL.prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(6, 100, 10, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..10).prop_map(Value::from),
            prop::collection::btree_map(any::<String>(), inner, 0..10)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn what_another_library_writes_is_read_back(value in any_value()) {
        let bytes = cbor4ii::serde::to_vec(Vec::new(), &value).unwrap();
        prop_assert_eq!(&read(&bytes).unwrap(), &value);
        for end in 0..bytes.len() {
            prop_assert!(read(&bytes[..end]).is_err(), "broken off at {}", end);
        }
    }

    #[test]
    fn any_bytes_have_an_end(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let passed_over = from_slice::<serde::de::IgnoredAny>(&bytes);
        // Whatever can be read can be passed over too; not the other way round, as for text that is not UTF-8.
        if read(&bytes).is_ok() {
            prop_assert!(passed_over.is_ok());
        }
    }
}
