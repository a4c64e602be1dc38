"""Takes a machine through its first boot with the real cloud-init, and prints what came of it.

The driver does what an operator and the firmware do: it deploys a machine by the MAAS API, writes the
configuration that MAAS gives to installed machines, and runs cloud-init's stages. All talk with the
metadata service is cloud-init's own. One JSON line a step, as STEPS.md says; it judges nothing.
"""

import base64
import json
import os
import re
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid

TARGET = json.loads(os.environ["MAASQUERADE_TARGET"])["maas"]
URL = TARGET["url"].rstrip("/")
MARK = "/run/user-data-ran"
USER_DATA = "#!/bin/sh\nid=$(cat /var/lib/cloud/data/instance-id)\necho \"ran on $id\" > " + MARK + "\n"
CONFIG = "/etc/cloud/cloud.cfg.d/90_dpkg_maas.cfg"
SSH_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIB8c1cSmRMyk0q5AjI8A5Nys3t0y4cQ9i2bqQkT8w1Xo me@example.com"


def say(step, **what):
    print(json.dumps({"step": step, **what}), flush=True)


def step(name):
    """Runs a function as a step: its value or its error is printed."""

    def wrap(function):
        try:
            value = function()
        except Exception as error:
            say(name, ok=False, error=f"{type(error).__name__}: {error}")
            return None
        say(name, ok=True, value=value)
        return value

    return wrap


def api(method, path, **form):
    consumer, token, secret = TARGET["apiKey"].split(":")
    fields = {
        "oauth_consumer_key": consumer,
        "oauth_token": token,
        "oauth_signature_method": "PLAINTEXT",
        "oauth_signature": "&" + secret,
        "oauth_timestamp": str(int(time.time())),
        "oauth_nonce": uuid.uuid4().hex,
        "oauth_version": "1.0",
    }
    header = ", ".join(f'{key}="{urllib.parse.quote(value, "")}"' for key, value in fields.items())
    data = urllib.parse.urlencode(form).encode() if method == "POST" else None
    request = urllib.request.Request(
        f"{URL}/api/2.0/{path}", data=data, method=method, headers={"Authorization": "OAuth " + header}
    )
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        raise RuntimeError(f"{error.code} {error.read().decode(errors='replace')[:300]}") from None


def status(machine):
    return api("GET", f"machines/{machine}/")["status_name"]


def stage(*arguments):
    run = subprocess.run(["cloud-init", *arguments], capture_output=True, text=True, timeout=240)
    if run.returncode != 0:
        raise RuntimeError(f"exit code {run.returncode}: {(run.stdout + run.stderr)[-500:]}")
    return {"exitCode": run.returncode}


def read(path):
    with open(path, encoding="utf-8", errors="replace") as file:
        return file.read()


def configure(machine, metadata_url, token):
    keys = {
        "consumer_key": token["consumer_key"],
        "token_key": token["token_key"],
        "token_secret": token["token_secret"],
    }
    config = {
        "datasource_list": ["MAAS"],
        "datasource": {"MAAS": {"metadata_url": metadata_url, "max_wait": 3, "timeout": 3, **keys}},
        "reporting": {
            "maas": {"type": "webhook", "endpoint": f"{URL}/metadata/status/{machine}", **keys}
        },
        "network": {"config": "disabled"},
        # A container is no whole machine: the modules that need one are left out.
        "cloud_init_modules": ["seed_random"],
        "cloud_config_modules": [],
        "cloud_final_modules": ["scripts-user", "final-message"],
    }
    os.makedirs(os.path.dirname(CONFIG), exist_ok=True)
    with open(CONFIG, "w", encoding="utf-8") as file:
        file.write("#cloud-config\n" + json.dumps(config))


def boot(prefix):
    """The stages of a boot, in the order in which the init system starts them."""
    step(prefix + "init-local")(lambda: stage("init", "--local"))
    step(prefix + "init")(lambda: stage("init"))
    step(prefix + "modules-config")(lambda: stage("modules", "--mode=config"))
    step(prefix + "modules-final")(lambda: stage("modules", "--mode=final"))


def instance():
    data = json.loads(read("/run/cloud-init/instance-data.json"))
    seen = data["v1"]
    return {
        "cloudName": seen["cloud_name"],
        "datasource": data["ds"]["meta_data"] if "ds" in data else None,
        "platform": seen["platform"],
        "instanceId": seen["instance_id"],
        "localHostname": seen["local_hostname"],
        "publicKeys": seen["public_ssh_keys"],
        "subplatform": seen["subplatform"],
    }


def result():
    found = json.loads(read("/run/cloud-init/result.json"))["v1"]
    return {"datasource": found["datasource"], "errors": found["errors"]}


def main():
    version = subprocess.run(["cloud-init", "--version"], capture_output=True, text=True, check=True)
    said = version.stdout + version.stderr
    say("client", ok=True, value={"library": "cloud-init", "version": re.search(r"\d+\.[\d.]+\d", said)[0]})

    try:
        api("POST", "account/prefs/sshkeys/", key=SSH_KEY)
        machine = api("POST", "machines/?op=allocate")["system_id"]
        fqdn = api("GET", f"machines/{machine}/")["fqdn"]
        user_data = base64.b64encode(USER_DATA.encode()).decode()
        api("POST", f"machines/{machine}/?op=deploy", user_data=user_data)
        token = api("GET", f"machines/{machine}/?op=get_token")
    except Exception as error:
        say("machine", ok=False, error=f"{type(error).__name__}: {error}")
        return
    say("machine", ok=True, value={"systemId": machine, "fqdn": fqdn, "sshKey": SSH_KEY, "userData": USER_DATA})
    step("status-before")(lambda: status(machine))

    # A machine whose key is no good must not come up as anybody.
    configure(machine, f"{URL}/metadata/", {**token, "token_secret": "wrong"})
    subprocess.run(["cloud-init", "clean", "--logs"], capture_output=True, check=False)
    step("init-bad-key")(lambda: stage("init"))
    step("datasource-bad-key")(lambda: os.path.basename(os.readlink("/var/lib/cloud/instance")))
    step("status-bad-key")(lambda: status(machine))

    subprocess.run(["cloud-init", "clean", "--logs"], capture_output=True, check=False)
    configure(machine, f"{URL}/metadata/", token)
    boot("")
    step("instance")(instance)
    step("user-data")(lambda: read("/var/lib/cloud/instance/user-data.txt"))
    step("vendor-data")(lambda: read("/var/lib/cloud/instance/vendor-data.txt"))
    step("vendor-cloud-config")(lambda: read("/var/lib/cloud/instance/vendor-cloud-config.txt"))
    step("user-data-ran")(lambda: read(MARK))
    step("result")(result)
    step("warnings")(lambda: re.findall(r"WARNING\]?:? ?(.*)", read("/var/log/cloud-init.log"))[:5])
    step("status-after")(lambda: status(machine))
    step("events")(
        lambda: [
            [one["type"], one["description"]]
            for one in api("GET", f"events/?op=query&id={machine}&level=DEBUG&limit=100")["events"]
        ]
    )


main()
