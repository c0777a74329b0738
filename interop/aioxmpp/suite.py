"""Runs aioxmpp's end-to-end tests against a `konvent serve` of their own, with the settings that the handbook gives for a test
bench: only the data folder and the ports are others.

usage: suite.py KONVENT SOURCES FOLDER

Every case has to pass or to stand in known.txt with its reason; one that stands there and passes fails the run too. The
last line counts: `N passed, N failed`.
"""

import pathlib
import re
import signal
import subprocess
import sys
import time
import xml.etree.ElementTree

HERE = pathlib.Path(__file__).resolve().parent
HANDBOOK = HERE.parents[1] / "docs/handbook/einstellungen.md"
OPENS_WITHIN_SECS = 120
CASE_SECS = 60
SUITE_SECS = 1500


def example(folder):
    """The handbook's settings with data in a folder and doors at ports that the system hands out."""
    page = HANDBOOK.read_text(encoding="utf-8")
    text = page.partition("\n## Prüfstand\n")[2].partition("```toml\n")[2].partition("\n```")[0]
    text, doors = re.subn(r'"(127\.[\d.]+):\d+"', r'"\1:0"', text)
    text, folders = re.subn(r"(?m)^data = .*$", f"data = '{folder / 'data'}'", text)
    if not doors or folders != 1:
        sys.exit(f"this is no example of a test bench:\n{text}")
    return text


def start(konvent, folder):
    """The server, its settings, and where its doors are: with TLS and without."""
    settings = folder / "konvent.toml"
    settings.write_text(example(folder), encoding="utf-8")
    log = folder / "konvent.log"
    with log.open("wb") as errors:
        server = subprocess.Popen([konvent, "serve", "--config", settings], stderr=errors)
    deadline = time.monotonic() + OPENS_WITHIN_SECS
    while time.monotonic() < deadline and server.poll() is None:
        said = re.sub(r"\x1b\[[0-9;]*m", "", log.read_text(errors="replace"))
        found = re.search(r"xmpp=([\d.]+):(\d+) .*plaintext=([\d.]+):(\d+)", said)
        if found and (folder / "data/konvent.sock").exists():
            return server, settings, found.groups()
        time.sleep(0.05)
    server.kill()
    sys.exit(f"konvent did not open its doors:\n{log.read_text(errors='replace')}")


def admin_password(konvent, settings):
    """Makes the account that the settings name as admin, as whoever runs a server does."""
    add = [konvent, "account", "--config", settings, "add", "admin"]
    said = subprocess.run(add, check=True, capture_output=True, text=True).stdout
    return re.search(r"(?m)^Kennwort (\S+)$", said)[1]


def known():
    """Case and reason of those that are known not to pass."""
    lines = (HERE / "known.txt").read_text().splitlines()
    cases = (line.split(None, 1) for line in lines if line.strip() and not line.startswith("#"))
    return {case: reason for case, reason in cases}


def outcomes(report):
    """How each case ended: passed, failed with the message, or skipped with it."""
    for case in xml.etree.ElementTree.parse(report).iter("testcase"):
        name = f"{case.get('classname').rpartition('tests.')[2]}::{case.get('name')}"
        trouble = [child for child in case if child.tag in ("failure", "error", "skipped")]
        if not trouble:
            yield name, "passed", ""
        else:
            kind = "skipped" if trouble[0].tag == "skipped" else "failed"
            yield name, kind, (trouble[0].get("message") or "").partition("\n")[0]


def main():
    konvent, sources, folder = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
    folder = folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    server, settings, (host, port, plain_host, plain_port) = start(konvent, folder)
    report = folder / "report.xml"
    report.unlink(missing_ok=True)
    tests = sorted(str(path.relative_to(sources)) for path in sources.glob("tests/**/test_e2e.py"))
    try:
        config = folder / "e2etest.ini"
        config.write_text(
            "[global]\ntimeout=20\nprovisioner=registering.RegisteringProvisioner\n\n"
            "[registering.RegisteringProvisioner]\n"
            f"host={host}\nport={port}\nplain_host={plain_host}\nplain_port={plain_port}\n"
            f"admin_password={admin_password(konvent, settings)}\n"
            "domain=pruefstand.example\nno_verify=true\n"
        )
        subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-p", "aioxmpp.e2etest", "-p", "no:cacheprovider"]
            + ["--e2etest-config", str(config), "--timeout", str(CASE_SECS), f"--junitxml={report}"]
            + tests,
            cwd=sources,
            env={"PYTHONPATH": f"{HERE}:{sources}", "PYTHONWARNINGS": "ignore", "PATH": "/usr/bin:/bin"},
            stdout=(folder / "pytest.log").open("wb"),
            stderr=subprocess.STDOUT,
            timeout=SUITE_SECS,
        )
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(30)
    if not report.exists():
        sys.exit((folder / "pytest.log").read_text(errors="replace")[-4000:])
    excused, passed, failed = known(), 0, 0
    for name, kind, message in outcomes(report):
        reason = excused.pop(name, None)
        if (kind == "passed") == (reason is None):
            passed += 1
        else:
            failed += 1
            print(f"{name}: {kind} {message or ''} {f'(known: {reason})' if reason else ''}")
        if reason is not None and kind != "passed":
            print(f"{name}: does not pass, known: {reason}")
    for name in excused:
        failed += 1
        print(f"{name}: stands in known.txt, but there is no such case")
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


main()
