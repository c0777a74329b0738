//! Connection strings as libpq reads them, and a real PostgreSQL that speaks TLS.

use std::path::Path;

use super::*;
use crate::testing::postgres_with_tls;

fn read_mode(url: &str) -> Answer<(Mode, Option<PathBuf>)> {
    read(url).map(|(_, mode, roots)| (mode, roots))
}

#[test]
fn both_ways_of_writing_are_understood() {
    let file = Some(PathBuf::from("/etc/ca.pem"));
    for (url, expected) in [
        ("host=a user=b", (Mode::Prefer, None)),
        ("host=a sslmode=disable user=b", (Mode::Disable, None)),
        ("sslmode=require host=a", (Mode::Require, None)),
        ("host=a sslmode='verify-full' sslrootcert=/etc/ca.pem", (Mode::VerifyFull, file.clone())),
        ("host=a sslmode=verify-full sslrootcert=system", (Mode::VerifyFull, None)),
        ("postgresql://b@a/c", (Mode::Prefer, None)),
        ("postgres://b@a/c?sslmode=require", (Mode::Require, None)),
        ("postgres://b@a/c?connect_timeout=3&sslmode=verify-full&sslrootcert=%2Fetc%2Fca.pem", {
            (Mode::VerifyFull, file.clone())
        }),
    ] {
        assert_eq!(read_mode(url).unwrap(), expected, "{url}");
    }
    for url in ["host=a sslmode=verify-ca", "host=a sslmode=", "host=a nonsense=1", "postgres://?x"]
    {
        assert_eq!(read_mode(url).unwrap_err().code, BAD_URL.code, "{url}");
    }
}

#[test]
fn what_the_string_says_of_time_is_kept_and_the_rest_is_filled_in() {
    let (config, ..) = read("host=a").unwrap();
    assert_eq!(config.get_connect_timeout(), Some(&CONNECT_WITHIN));
    assert_eq!(config.get_tcp_user_timeout(), Some(&UNACKNOWLEDGED_FOR));
    assert_eq!(config.get_keepalives_idle(), ASK_AFTER);
    let said =
        "host=a connect_timeout=3 tcp_user_timeout=4000 keepalives_idle=5 keepalives_retries=6";
    let (config, ..) = read(said).unwrap();
    assert_eq!(config.get_connect_timeout(), Some(&Duration::from_secs(3)));
    assert_ne!(config.get_tcp_user_timeout(), Some(&UNACKNOWLEDGED_FOR));
    assert_eq!(config.get_keepalives_idle(), Duration::from_secs(5));
    assert_eq!(config.get_keepalives_retries(), Some(6));
}

#[test]
fn a_server_must_be_who_it_is_called_where_that_is_asked() {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (right, wrong) = (folder.path().join("right.pem"), folder.path().join("wrong.pem"));
    std::fs::write(&right, made.cert.pem()).unwrap();
    let other = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    std::fs::write(&wrong, other.cert.pem()).unwrap();
    let server = postgres_with_tls(&made.cert.pem(), &made.signing_key.serialize_pem());
    let port = server.port();

    let is_encrypted = |said: String| -> Answer<i64> {
        let mut client = connect(&format!("port={port} user=konvent dbname=postgres {said}"))?;
        let row = client.query_one(
            "select ssl::int::bigint from pg_stat_ssl where pid = pg_backend_pid()",
            &[],
        );
        row.map(|row| row.get(0)).map_err(|error| Refusal::broken("storage.postgres", error))
    };
    let file = |path: &Path| format!("sslrootcert={}", path.display());
    assert_eq!(is_encrypted("host=localhost sslmode=disable".to_owned()).unwrap(), 0);
    assert_eq!(is_encrypted("host=localhost".to_owned()).unwrap(), 1);
    assert_eq!(is_encrypted("host=127.0.0.1 sslmode=require".to_owned()).unwrap(), 1);
    let verified = format!("sslmode=verify-full {}", file(&right));
    assert_eq!(is_encrypted(format!("host=localhost {verified}")).unwrap(), 1);
    // Another name, another authority, nobody's authority.
    assert!(is_encrypted(format!("host=127.0.0.1 {verified}")).is_err());
    assert!(is_encrypted(format!("host=localhost sslmode=verify-full {}", file(&wrong))).is_err());
    assert!(is_encrypted("host=localhost sslmode=verify-full".to_owned()).is_err());
    // The machine's own socket carries no TLS.
    assert_eq!(
        is_encrypted(format!("host={} sslmode=require", server.folder().display())).unwrap(),
        0
    );
}

#[test]
fn a_server_without_tls_is_refused_where_tls_is_required() {
    let server = postgres_with_tls("", "");
    let url = |mode: &str| {
        format!("host=localhost port={} user=konvent dbname=postgres sslmode={mode}", server.port())
    };
    assert!(connect(&url("require")).is_err());
    assert!(connect(&url("prefer")).is_ok());
}
