"""Drives the official Python SDK against the endpoint in SDK_ENDPOINT (a URL); see ../README.md."""

import json
import os
import pathlib
import re
import sys
import time

from alibabacloud_eci20180808 import models
from alibabacloud_eci20180808.client import Client
from alibabacloud_tea_openapi.models import Config

REGION = "cn-hangzhou"
GROUP = json.loads((pathlib.Path(__file__).parent.parent / "group.json").read_text(encoding="utf-8"))
failed = 0


def client(secret="test-secret"):
    protocol, endpoint = os.environ["SDK_ENDPOINT"].split("://")
    return Client(Config(access_key_id="test-key", access_key_secret=secret, region_id=REGION,
                         protocol=protocol, endpoint=endpoint))


def merged(old, new):
    """`old` with what newer SDKs know: lists are continued."""
    result = dict(old)
    for key, value in new.items():
        result[key] = result[key] + value if isinstance(value, list) and key in result else value
    return result


def differences(expected, actual, path):
    """What of `expected` is not in `actual`; a text that starts with ~ is a regular expression."""
    if isinstance(expected, dict):
        for key, value in expected.items():
            yield from differences(value, (actual or {}).get(key), f"{path}.{key}")
    elif isinstance(expected, list):
        if len(actual or []) != len(expected):
            yield f"{path}: {actual} instead of {len(expected)} items"
        for index, (one, other) in enumerate(zip(expected, actual or [])):
            yield from differences(one, other, f"{path}[{index}]")
    elif isinstance(expected, str) and expected.startswith("~"):
        if not isinstance(actual, str) or not re.search(expected[1:], actual):
            yield f"{path}: {actual!r} does not match {expected[1:]}"
    elif expected != actual:
        yield f"{path}: {actual!r} instead of {expected!r}"


def check(expected, actual, path="reply"):
    problems = list(differences(expected, actual, path))
    if problems:
        raise AssertionError("; ".join(problems))


def refused(code, call):
    """The error that `call` is to end with."""
    try:
        call()
    except Exception as error:  # The SDK's classes differ by what they wrap.
        check(code, getattr(error, "code", None), f"code of {error!r}")
        return error
    raise AssertionError(f"not refused with {code}")


def until(condition, what):
    limit = time.monotonic() + 15
    while not condition():
        if time.monotonic() > limit:
            raise AssertionError(f"not within 15 s: {what}")
        time.sleep(0.05)


eci = client()
request = models.CreateContainerGroupRequest().from_map(
    merged(GROUP["request"], GROUP["newer"]["request"]) | {"RegionId": REGION})
request.tag.append(models.CreateContainerGroupRequestTag(key="sdk", value="python"))
view = merged(GROUP["view"], GROUP["newer"]["view"])
view["Tags"] = view["Tags"] + [{"Key": "sdk", "Value": "python"}]
ids = []


def create():
    ids.append(eci.create_container_group(request).body.container_group_id)
    check("~^eci-", ids[0], "id")


def describe(**filters):
    return eci.describe_container_groups(models.DescribeContainerGroupsRequest(region_id=REGION, **filters)).body


def described():
    groups = describe(container_group_ids=json.dumps(ids[:1])).container_groups
    check(1, len(groups), "groups of this id")
    return groups[0].to_map()


def read_back():
    until(lambda: described()["Status"] == "Running", "Running")
    check(view, described(), "group")
    if "s3cret" in json.dumps(described()):
        raise AssertionError("the password of the registry is shown")


def read_status():
    data = eci.describe_container_group_status(models.DescribeContainerGroupStatusRequest(
        region_id=REGION, container_group_ids=json.dumps(ids))).body.to_map()["Data"]
    check([{"ContainerGroupId": ids[0], "Name": "sdk-test", "Status": "Running",
            "PodStatus": {"Phase": "Running", "PodIp": described()["IntranetIp"],
                          "Conditions": [{}, {}, {}, {}, {"type": "Ready", "status": "True"}],
                          "ContainerStatuses": [{"Name": "main", "Ready": True}, {"Name": "side"}, {"Name": "third"}]}}],
          data, "data")


def execute():
    reply = eci.exec_container_command(models.ExecContainerCommandRequest(
        region_id=REGION, container_group_id=ids[0], container_name="main", sync=True,
        command=json.dumps(["echo", "hi", "ü&<x>"])))
    check("hi ü&<x>\n", reply.body.sync_response, "SyncResponse")


def read_log():
    reply = eci.describe_container_log(models.DescribeContainerLogRequest(
        region_id=REGION, container_group_id=ids[0], container_name="main"))
    check({"ContainerName": "main", "Content": "hello from main\n"}, reply.body.to_map())


def list_pages():
    for name in ("two", "three"):
        ids.append(eci.create_container_group(models.CreateContainerGroupRequest(
            region_id=REGION, container_group_name=name,
            container=[models.CreateContainerGroupRequestContainer(name="main", image="registry.example/x:1")],
            tag=[models.CreateContainerGroupRequestTag(key="sdk", value="python")])).body.container_group_id)
    mine = {"tag": [models.DescribeContainerGroupsRequestTag(key="sdk", value="python")], "limit": 2}
    first = describe(**mine)
    second = describe(next_token=first.next_token, **mine)
    check([2, 1, 3], [len(first.container_groups), len(second.container_groups), first.total_count], "page sizes, total")
    found = [group.container_group_id for group in first.container_groups + second.container_groups]
    check(sorted(ids), sorted(found), "ids")


def dry_run():
    request.dry_run = True
    refused("DryRunOperation", lambda: eci.create_container_group(request))
    check(3, describe(tag=[models.DescribeContainerGroupsRequestTag(key="sdk", value="python")]).total_count, "groups")


def wrong_key():
    error = refused("SignatureDoesNotMatch",
                    lambda: client("wrong").describe_regions(models.DescribeRegionsRequest()))
    check("~Specified signature is not matched.*request id: [0-9A-F-]{36}", str(error.message).replace("\n", " "), "message")
    check({"statusCode": 400, "RequestId": "~^[0-9A-F-]{36}$", "HostId": "~."}, error.data, "data")


def delete():
    for group in ids:
        eci.delete_container_group(models.DeleteContainerGroupRequest(region_id=REGION, container_group_id=group))
    # What was deleted stays listed for an hour, as ended.
    until(lambda: described()["Status"] == "Failed", "ended")
    check({"Status": "Failed", "FailedTime": "~Z$", "Containers": [{"CurrentState": {"State": "Terminated"}}] * 3}, described())
    refused("IncorrectStatus", execute)


for step in (create, read_back, read_status, execute, read_log, list_pages, dry_run, wrong_key, delete):
    name = f"python: {step.__name__.replace('_', ' ')}"
    try:
        step()
        print(f"ok      {name}", flush=True)
    except Exception as error:
        failed += 1
        print(f"FAILED  {name}: {type(error).__name__}: {error}", flush=True)
sys.exit(1 if failed else 0)
