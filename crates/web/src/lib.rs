//! The files of the web app: which file answers a path, and in which encoding.
//!
//! The web app is built into `web/dist`, with a sibling `.br` and `.gz` beside each file that compresses well. A
//! release build holds all of it, so that the program is one file; other builds read the directory while they run.
//! The plain files are in the binary too: they cost about a megabyte, and a client that takes no compression gets
//! its answer without anything being unpacked.
//!
//! Without a built web app there are no files, and nothing else is different.
//!
//! ```
//! use tracely_web::{Accepted, Encoding, Files};
//!
//! let files = Files::of([("app.js", b"plain".as_slice()), ("app.js.gz", b"packed")]);
//! let found = files.find("app.js", &Accepted::parse("br, gzip")).unwrap();
//! assert_eq!((found.encoding, &*found.content), (Encoding::Gzip, b"packed".as_slice()));
//! ```

mod content_type;
mod encoding;

pub use encoding::{Accepted, Encoding};

use sha2::{Digest, Sha256};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Arc;

/// The files of the web app; none in builds that read them from the directory.
static BUILT: Option<&[(&str, &[u8])]> = include!(concat!(env!("OUT_DIR"), "/built.rs"));
/// Where the build of the web app puts its result.
const DIRECTORY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../web/dist");

/// Some files. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Files(Source);

#[derive(Debug, Clone)]
enum Source {
    Directory,
    Memory(Arc<BTreeMap<String, Content>>),
}

#[derive(Debug, Clone)]
struct Content {
    bytes: Cow<'static, [u8]>,
    tag: String,
}

/// A file as it is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// What is sent.
    pub content: Cow<'static, [u8]>,
    /// How it is packed.
    pub encoding: Encoding,
    /// What it is when it is unpacked, as a media type.
    pub content_type: &'static str,
    /// Tells this content from any other, in hexadecimal digits.
    pub tag: String,
}

impl Files {
    /// Returns those of the web app that this program was built with.
    pub fn built() -> Self {
        let in_memory = |files: &[(&'static str, &'static [u8])]| {
            Self::in_memory(files.iter().map(|(name, bytes)| (*name, Cow::Borrowed(*bytes))))
        };
        BUILT.map_or(Self(Source::Directory), in_memory)
    }

    /// Makes files of given names and contents.
    pub fn of<'a>(files: impl IntoIterator<Item = (&'a str, &'a [u8])>) -> Self {
        Self::in_memory(files.into_iter().map(|(name, bytes)| (name, Cow::Owned(bytes.to_owned()))))
    }

    fn in_memory<'a>(files: impl Iterator<Item = (&'a str, Cow<'static, [u8]>)>) -> Self {
        let with_tags = files.map(|(name, bytes)| (name.to_owned(), Content::of(bytes)));
        Self(Source::Memory(Arc::new(with_tags.collect())))
    }

    /// Finds a file by its name, such as `assets/app-1a2b.js`, in the encoding that is liked best of those there
    /// are. A client that takes none of them gets the plain file.
    pub fn find(&self, name: &str, accepted: &Accepted) -> Option<Found> {
        if !is_name(name) {
            return None;
        }
        let (encoding, Content { bytes, tag }) = accepted
            .in_order()
            .find_map(|encoding| Some((encoding, self.read(&format!("{name}{}", encoding.suffix()))?)))
            .or_else(|| Some((Encoding::Identity, self.read(name)?)))?;
        Some(Found { content: bytes, encoding, content_type: content_type::of(name), tag })
    }

    fn read(&self, name: &str) -> Option<Content> {
        match &self.0 {
            Source::Directory => {
                let bytes = std::fs::read(format!("{DIRECTORY}/{name}")).ok()?;
                Some(Content::of(Cow::Owned(bytes)))
            }
            Source::Memory(files) => files.get(name).cloned(),
        }
    }
}

impl Content {
    fn of(bytes: Cow<'static, [u8]>) -> Self {
        let mut tag = String::new();
        for byte in &Sha256::digest(&bytes)[..12] {
            let _ = write!(tag, "{byte:02x}");
        }
        Self { bytes, tag }
    }
}

/// Says whether a text may be the name of a file. Packed siblings are no files of their own, and what begins with a
/// dot is none, so no name leads out of the directory.
fn is_name(text: &str) -> bool {
    let is_plain = |part: &str| {
        let is_usual = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~@+".contains(&byte);
        !part.is_empty() && !part.starts_with('.') && part.bytes().all(is_usual)
    };
    let is_packed = [Encoding::Brotli, Encoding::Gzip].iter().any(|packed| text.ends_with(packed.suffix()));
    !is_packed && text.split('/').all(is_plain)
}

#[cfg(test)]
mod tests {
    use super::{Accepted, Encoding, Files, is_name};

    #[test]
    fn the_best_encoding_that_is_there_is_found() {
        let files = Files::of([
            ("both.js", b"plain".as_slice()),
            ("both.js.br", b"brotli"),
            ("both.js.gz", b"gzip"),
            ("one.svg", b"plain"),
            ("one.svg.gz", b"gzip"),
            ("none.png", b"plain"),
        ]);
        let found = |name: &str, accepted: &str| {
            let found = files.find(name, &Accepted::parse(accepted)).unwrap();
            (String::from_utf8(found.content.into_owned()).unwrap(), found.encoding, found.content_type)
        };
        let js = "text/javascript; charset=utf-8";
        assert_eq!(found("both.js", "gzip, br"), ("brotli".into(), Encoding::Brotli, js));
        assert_eq!(found("both.js", "gzip"), ("gzip".into(), Encoding::Gzip, js));
        assert_eq!(found("both.js", ""), ("plain".into(), Encoding::Identity, js));
        assert_eq!(found("one.svg", "br, gzip;q=0.5"), ("gzip".into(), Encoding::Gzip, "image/svg+xml"));
        assert_eq!(found("none.png", "br, gzip"), ("plain".into(), Encoding::Identity, "image/png"));
        assert_eq!(found("none.png", "br, identity;q=0").1, Encoding::Identity, "rather than nothing");
        assert_eq!(files.find("missing.js", &Accepted::parse("br")), None);
        let tag = |accepted| files.find("both.js", &Accepted::parse(accepted)).unwrap().tag;
        assert_eq!((tag("br"), tag("br").len()), (tag("br"), 24));
        assert_ne!(tag("br"), tag("gzip"));
    }

    #[test]
    fn no_name_leads_out_of_the_directory() {
        for name in ["index.html", "assets/app-1a_B2.js", "a/b/c.txt", "favicon.svg"] {
            assert!(is_name(name), "{name}");
        }
        for name in [
            "",
            "/",
            "/etc/passwd",
            "../x",
            "a/../x",
            "a//b",
            "a/./b",
            ".env",
            "a\\b",
            "%2e",
            "x.js.br",
            "x.gz",
            "é",
        ] {
            assert!(!is_name(name), "{name}");
        }
    }
}
