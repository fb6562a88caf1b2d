#!/usr/bin/python3
"""Makes the pods of hostile_pods.py with twenty good ones among them: the good ones run, and each of the others that the API server
takes runs, ends, or has an event that names a field, a file or an object.

hostile.py --server URL [POD..]: of these, or all; URL is that of a `kubectl proxy`. test/integration/corpus_test.sh starts all that this needs.
"""

import argparse
import collections
import concurrent.futures
import pathlib
import re
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))

import hostile_pods
import outcome
from kube import Kube, Refused

NAMESPACE = "hostile"
GOOD = 20
SECONDS = 60
AT_ONCE = 8
ENDED = ("Succeeded", "Failed")
# What an event must name of the pod: a field's path, an annotation, an object that is missing, the list that is too long, or the cloud's
# own name of a parameter.
PLACE = re.compile(r"\bspec\.|\bmetadata\.|k8s\.aliyun\.com/|\w\[\d+\]|\w: \d+ entries|\bvolume \S+|\bcontainer\.\d|parameter \"\w|"
                   r"\b(configmap|secret|persistentvolumeclaim|serviceaccount) \"|the pod asks for|of the pod smaller|image cache", re.IGNORECASE)


def verdict(pod, events):
    """What became of it in a word, or nothing while that is open."""
    if outcome.runs(pod):
        return "runs"
    if pod.get("status", {}).get("phase") in ENDED:
        return "ended"
    if any(event["type"] == "Warning" and PLACE.search(event.get("message", "")) for event in events):
        return "told why not"
    return None


def make_all(kube, names):
    """The names of those that the API server took, and how many there are."""
    pods = [pod for pod in hostile_pods.hostile() if not names or pod["metadata"]["name"] in names]
    every = len(pods) // GOOD
    for number in range(GOOD):
        pods.insert(number * (every + 1), hostile_pods.good(number))

    def one(manifest):
        try:
            return kube.create(manifest, NAMESPACE)["metadata"]["name"]
        except Refused:
            return None

    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        return [name for name in pool.map(one, pods) if name], len(pods)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--server", required=True)
    parser.add_argument("--verbose", action="store_true", help="show what became of each")
    parser.add_argument("pod", nargs="*")
    arguments = parser.parse_args()
    begin = time.monotonic()
    kube = Kube(arguments.server)
    kube.make_namespace(NAMESPACE)
    taken, number = make_all(kube, arguments.pod)
    deadline = time.monotonic() + SECONDS
    failed, verdicts = 0, collections.Counter()
    for name in taken:
        kube.wait(verdict, NAMESPACE, name, deadline)
        pod, events = kube.pod(NAMESPACE, name), kube.events(NAMESPACE, name)
        became = verdict(pod, events)
        fault = became is None or (name.startswith("good-") and became != "runs")
        failed += fault
        verdicts[became] += 1
        if fault or arguments.verbose:
            print(f"{'FAILED  ' if fault else ''}{name}: {outcome.shown(pod, events)[:600]}")
    good = sum(name.startswith("good-") for name in taken)
    if good != GOOD:
        print(f"FAILED  the API server took {good} of {GOOD} good pods")
        failed += 1
    told = ", ".join(f"{count} {became or 'stay silent'}" for became, count in verdicts.items())
    print(f"{number} pods in {time.monotonic() - begin:.0f} s, of which the API server took {len(taken)}: {told}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
