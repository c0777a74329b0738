"""The store for bytes before a foreign S3 server: moto in this process, our own program as its client.

Use: bucket.py PROGRAM. Prints what the program prints: a line for each scene; ends as it ends.
"""

import subprocess
import sys
import urllib.request

from moto.server import ThreadedMotoServer


def main(program):
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        endpoint = f"http://{host}:{port}"
        make = urllib.request.Request(f"{endpoint}/konvent", method="PUT")
        urllib.request.urlopen(make, timeout=20).close()
        return subprocess.run([program, endpoint, "konvent"], timeout=120).returncode
    finally:
        server.stop()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
