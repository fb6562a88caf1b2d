#!/usr/bin/python3
"""Runs each case of cases/ on the real kubelet and on the virtual node, and compares how they did.

compare.py --server URL [CASE..]: URL is that of a `kubectl proxy`. differential_test.sh starts all that this needs.
"""

import argparse
import concurrent.futures
import difflib
import pathlib
import sys
import threading
import time

import yaml

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "corpus"))

import accepted
import facts
import templates
from cases import load_cases
from cluster import Namespace

# Enough to keep two cores busy; more of them only get in each other's way, and some cases are about time.
AT_ONCE = 24
STEP_SECONDS = 60
LINES_SHOWN = 30
NODES = ("worker", "virtual-kubelet")


class Node:
    """One of the two nodes, with the namespace of its pods."""

    def __init__(self, server, name, namespace, placement):
        self.name = name
        self.namespace = Namespace(server, namespace)
        self.placement = placement
        # What stands for what differs on all pods of this node; a program's own word may be the other's name.
        self.words = dict.fromkeys(NODES, "NODE") | {namespace: "NAMESPACE"}

    def prepare(self, manifests):
        for manifest in manifests:
            made = self.namespace.create(manifest)
            address = made.get("spec", {}).get("clusterIP", "None")
            if address != "None":
                self.words[address] = f"IP_OF_{made['metadata']['name']}"

    def run(self, case):
        """Takes the case to its end; the lines that tell how it did."""
        late = []
        self.namespace.create(case.pod(self.placement))
        for step in case.steps(self.name):
            if not step(self.namespace, case.name, STEP_SECONDS):
                late = [f"not within {STEP_SECONDS} s: {step}"]
                break
        if case.refusal:
            return late
        return facts.of_pod(self, case.name) + late


def nodes(server):
    ordinary, virtual = NODES
    return (Node(server, ordinary, "on-kubelet", {"nodeSelector": {"type": "ack"}}),
            Node(server, virtual, "on-virtual",
                 {"nodeSelector": {"type": "virtual-kubelet"},
                  "tolerations": [{"key": "virtual-kubelet.io/provider", "operator": "Exists"}]}))


def run_case(case, both):
    """The lines of both nodes, which take the case at the same time."""
    results = {}

    def run_on(node):
        try:
            results[node.name] = node.run(case)
        except Exception as error:  # Shown as what this node did.
            results[node.name] = [f"the case cannot be run: {error!r}"]

    threads = [threading.Thread(target=run_on, args=(node,)) for node in both]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return facts.without_lost_runs(*(results[node.name] for node in both))


def difference(kubelet, virtual):
    """Lines of one side only: those of the kubelet with -, those of the virtual node with +."""
    delta = difflib.unified_diff(kubelet, virtual, n=0, lineterm="")
    # The first two lines are names of files.
    return [line for line in list(delta)[2:] if not line.startswith("@@")]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--server", required=True)
    parser.add_argument("--verbose", action="store_true", help="show accepted differences, too")
    parser.add_argument("--lines", action="store_true", help="show all that the kubelet did, too")
    parser.add_argument("case", nargs="*")
    arguments = parser.parse_args()
    rules = accepted.load(HERE / "accepted.yaml")
    waiting = templates.not_yet()
    corpus = [template for template in templates.load() if template.compared and template.name not in waiting]
    cases = load_cases(HERE / "cases", rules, corpus)
    unknown = set(arguments.case) - {case.name for case in cases}
    if unknown:
        parser.error(f"there is no case {', '.join(sorted(unknown))}")
    chosen = [case for case in cases if not arguments.case or case.name in arguments.case]
    both = nodes(arguments.server)

    begin = time.monotonic()
    for node in both:
        node.prepare(yaml.safe_load((HERE / "objects.yaml").read_text()))
        node.prepare([one for template in corpus for one in template.objects])
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        lines = list(pool.map(lambda case: run_case(case, both), chosen))
    failed = 0
    for case, (kubelet, virtual) in zip(chosen, lines):
        if not case.refusal:
            kubelet += facts.of_events(both[0].namespace, case.name)
            virtual += facts.of_events(both[1].namespace, case.name)
        failed += not report(case, difference(kubelet, virtual), rules, arguments.verbose)
        for line in kubelet if arguments.lines else ():
            print(f"         {line}")
    if not arguments.case:
        failed += not report_unused(rules)
    print(f"{len(chosen)} cases in {time.monotonic() - begin:.0f} s")
    print(f"{len(chosen) - failed} passed, {failed} failed")
    return 1 if failed else 0


def report(case, delta, rules, verbose):
    """Prints what is not accepted; whether there is nothing."""
    left = [line for line in delta if not rules.accept(case.name, line)]
    print(f"{'FAILED ' if left else 'ok     '} {case.name}")
    shown = delta if verbose else left
    for line in shown[:LINES_SHOWN]:
        print(f"        {line}" + ("" if line in left else "   (accepted)"))
    if len(shown) > LINES_SHOWN:
        print(f"        and {len(shown) - LINES_SHOWN} more")
    return not left


def report_unused(rules):
    unused = rules.unused()
    for name in unused:
        print(f"FAILED  the accepted difference {name} no longer shows: take it out of accepted.yaml and of the page")
    return not unused


if __name__ == "__main__":
    sys.exit(main())
