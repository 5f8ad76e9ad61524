//! The settings of the search cluster.

use super::error::ConfigError;
use super::flags::ElasticsearchArgs;
use super::setting::{Reader, Setting};
use reqwest::Url;
use tracely_analytics::elastic::{Auth, ElasticConfig, Secret};

/// The most shards of an index that clusters allow.
const MOST_SHARDS: u16 = 1_024;

/// Reads where the cluster is and how it lets us in; none when no address is set.
pub(super) fn read(
    args: &ElasticsearchArgs,
    reader: &Reader<'_, impl Fn(&str) -> Option<String>>,
) -> Result<Option<ElasticConfig>, ConfigError> {
    let setting = Setting::secret("ELASTICSEARCH_URL", "--elasticsearch-url");
    let url = reader.read(&setting, args.elasticsearch_url.as_ref(), url)?;
    let setting = Setting::new("ELASTICSEARCH_INDEX", "--elasticsearch-index");
    let prefix = reader.read(&setting, args.elasticsearch_index.as_ref(), index)?;
    let setting = Setting::new("ELASTICSEARCH_SHARDS", "--elasticsearch-shards");
    let shards =
        reader.read(&setting, args.elasticsearch_shards.as_ref(), |text| number(text, 1, MOST_SHARDS))?;
    let setting = Setting::new("ELASTICSEARCH_REPLICAS", "--elasticsearch-replicas");
    let replicas = reader.read(&setting, args.elasticsearch_replicas.as_ref(), |text| number(text, 0, 10))?;
    let setting = Setting::new("ELASTICSEARCH_CA_FILE", "--elasticsearch-ca-file");
    let authorities = reader.read(&setting, args.elasticsearch_ca_file.as_ref(), authorities)?;
    let setting = Setting::new("ELASTICSEARCH_USERNAME", "--elasticsearch-username");
    let user = reader.read(&setting, args.elasticsearch_username.as_ref(), text)?;
    let password = reader.read(&Setting::secret("ELASTICSEARCH_PASSWORD", ""), None, text)?;
    let key = reader.read(&Setting::secret("ELASTICSEARCH_API_KEY", ""), None, text)?;
    let Some((url, in_url)) = url else { return Ok(None) };

    let refuse = |variable, problem: &str| {
        Err(ConfigError::Value { variable, flag: None, value: None, problem: problem.to_owned() })
    };
    let basic = |user, password| Auth::Basic { user, password: Secret::from(password) };
    let auth = match (user, password, key, in_url) {
        (None, None, None, None) => Auth::None,
        (None, None, None, Some((user, password))) | (Some(user), Some(password), None, None) => {
            basic(user, password)
        }
        (None, None, Some(key), None) => Auth::ApiKey(Secret::from(key)),
        (Some(_), None, None, None) => {
            return refuse("ELASTICSEARCH_PASSWORD", "must be set when ELASTICSEARCH_USERNAME is");
        }
        (None, Some(_), None, None) => {
            return refuse("ELASTICSEARCH_USERNAME", "must be set when ELASTICSEARCH_PASSWORD is");
        }
        _ => {
            let problem =
                "must be the only way to sign in: an API key, a name and password, or both in the address";
            return refuse("ELASTICSEARCH_API_KEY, ELASTICSEARCH_USERNAME, ELASTICSEARCH_URL", problem);
        }
    };
    let defaults = ElasticConfig::new(url);
    Ok(Some(ElasticConfig {
        auth,
        authorities,
        prefix: prefix.unwrap_or_else(|| defaults.prefix.clone()),
        shards: shards.unwrap_or(defaults.shards),
        replicas: replicas.unwrap_or(defaults.replicas),
        ..defaults
    }))
}

/// A name and a password.
type Login = (String, String);

/// Checks the address, and takes the name and password out of it.
fn url(text: &str) -> Result<(String, Option<Login>), String> {
    let problem = || "must be an address such as http://localhost:9200".to_owned();
    let mut url = Url::parse(text).map_err(|_| problem())?;
    let is_plain = url.query().is_none() && url.fragment().is_none();
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() || !is_plain {
        return Err(problem());
    }
    let login = match (url.username(), url.password()) {
        ("", None) => None,
        (user, password) => Some((decoded(user), decoded(password.unwrap_or_default()))),
    };
    // Neither fails for an address with a host.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    Ok((url.as_str().trim_end_matches('/').to_owned(), login))
}

/// Decodes what an address writes as `%40`.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let hex = (*first == b'%').then(|| after.get(..2)).flatten();
        let hex = hex.and_then(|hex| u8::from_str_radix(&String::from_utf8_lossy(hex), 16).ok());
        bytes.push(hex.unwrap_or(*first));
        rest = if hex.is_some() { &after[2..] } else { after };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Checks the prefix of the indices' names.
fn index(text: &str) -> Result<String, String> {
    let is_allowed =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_' | b'.');
    let begins_well = text.starts_with(|first: char| first.is_ascii_lowercase() || first.is_ascii_digit());
    if begins_well && text.len() <= 200 && text.bytes().all(is_allowed) {
        return Ok(text.to_owned());
    }
    Err("must be lower-case letters, digits, '-', '_' or '.', beginning with a letter or digit".to_string())
}

fn authorities(text: &str) -> Result<Vec<u8>, String> {
    let pem = std::fs::read(text).map_err(|error| format!("cannot be read: {error}"))?;
    let count = reqwest::Certificate::from_pem_bundle(&pem).map_or(0, |certificates| certificates.len());
    if count == 0 { Err("must be a file of certificates in PEM".to_owned()) } else { Ok(pem) }
}

#[expect(clippy::unnecessary_wraps, reason = "a setting is read by what may refuse it")]
fn text(text: &str) -> Result<String, String> {
    Ok(text.to_owned())
}

fn number(text: &str, least: u16, most: u16) -> Result<u16, String> {
    let number = text.parse().ok().filter(|number| (least..=most).contains(number));
    number.ok_or_else(|| format!("must be a number from {least} to {most}"))
}

#[cfg(test)]
mod tests {
    use super::url;

    #[test]
    fn a_login_is_taken_out_of_the_address() {
        assert_eq!(url("http://localhost:9200/").unwrap(), ("http://localhost:9200".to_owned(), None));
        let login = Some(("elastic".to_owned(), "p@ss/w".to_owned()));
        assert_eq!(
            url("https://elastic:p%40ss%2Fw@es.example/x").unwrap(),
            ("https://es.example/x".to_owned(), login)
        );
        for wrong in ["localhost:9200", "ftp://a", "http://", "http://a?b", "nonsense"] {
            assert!(url(wrong).unwrap_err().contains("such as http://localhost:9200"), "{wrong}");
        }
    }
}
