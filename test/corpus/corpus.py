#!/usr/bin/python3
"""Makes the pods of templates/ on the virtual node and checks what becomes of each.

corpus.py --server URL [FAMILY/NAME..]: URL is that of a `kubectl proxy`. test/integration/corpus_test.sh starts all that this needs.
"""

import argparse
import concurrent.futures
import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))

import outcome
import templates
from kube import Kube, Refused

SECONDS = 60
# An event may be written after the status that it goes with.
SECONDS_FOR_EVENTS = 2
AT_ONCE = 8


def namespace_of(family):
    return f"corpus-{family}"


def make_namespaces(kube, families):
    for family in sorted(families):
        kube.make_namespace(namespace_of(family), {"pod-security.kubernetes.io/enforce": "restricted"} if family == "restricted" else None)


def make(kube, made):
    """Makes objects of templates at once; the API server's refusals by template name."""

    def one(template, manifest):
        try:
            kube.create(manifest, namespace_of(template.family))
        except Refused as refused:
            return template.name, f"the API server refuses {manifest['kind']}: {refused}"
        return None

    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        return dict(filter(None, pool.map(lambda pair: one(*pair), made)))


def failures(kube, chosen, waiting, deadline):
    """What is wrong with each template's pod, by name; without those that are as they shall be."""
    wrong = {}
    # Those of which nothing is expected come last, and are not given the whole time.
    for template in sorted(chosen, key=lambda template: template.name in waiting):
        wanted, where = outcome.Outcome.parse(template.becomes), (namespace_of(template.family), template.pod["metadata"]["name"])
        if template.name in waiting:
            deadline = min(deadline, time.monotonic() + SECONDS_FOR_EVENTS)
        kube.wait(wanted.is_decided, *where, deadline)
        kube.wait(wanted.holds, *where, min(deadline, time.monotonic() + SECONDS_FOR_EVENTS))
    for template in chosen:
        wanted, where = outcome.Outcome.parse(template.becomes), (namespace_of(template.family), template.pod["metadata"]["name"])
        pod, events = kube.pod(*where), kube.events(*where)
        if not wanted.holds(pod, events):
            wrong[template.name] = f"shall be '{template.becomes}', is {outcome.shown(pod, events)}"
    return wrong


def report(chosen, wrong, waiting):
    """Prints a line for each template that fails, and for each that no longer waits for its feature; their number."""
    failed = 0
    for template in chosen:
        fault, feature = wrong.get(template.name), waiting.get(template.name)
        if fault and not feature:
            print(f"FAILED  {template.name}: {fault}")
        elif feature and not fault:
            print(f"FAILED  {template.name} is as it shall be: take it out of not_yet.yaml ({feature})")
        failed += bool(fault) != bool(feature)
    return failed


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--server", required=True)
    parser.add_argument("--verbose", action="store_true", help="show what is wrong with those in not_yet.yaml, too")
    parser.add_argument("template", nargs="*")
    arguments = parser.parse_args()
    loaded, waiting = templates.load(), templates.not_yet()
    names = {template.name for template in loaded}
    unknown = set(arguments.template) - names
    if unknown:
        parser.error(f"there is no template {', '.join(sorted(unknown))}")
    chosen = [template for template in loaded if not arguments.template or template.name in arguments.template]

    begin = time.monotonic()
    kube = Kube(arguments.server)
    make_namespaces(kube, {template.family for template in chosen})
    wrong = make(kube, [(template, one) for template in chosen for one in template.objects])
    wrong |= make(kube, [(template, template.placed_pod()) for template in chosen])
    made = [template for template in chosen if template.name not in wrong]
    wrong = failures(kube, made, waiting, time.monotonic() + SECONDS) | wrong
    failed = report(chosen, wrong, waiting)
    for name in sorted(set(waiting) - names):
        print(f"FAILED  not_yet.yaml names {name}, which is no template")
        failed += 1
    for name in sorted(set(wrong) & set(waiting)) if arguments.verbose else ():
        print(f"not yet {name} ({waiting[name]}): {wrong[name]}")
    good = [template for template in chosen if template.becomes.startswith("runs")]
    ran = sum(template.name not in wrong for template in good)
    print(f"{len(chosen)} templates in {time.monotonic() - begin:.0f} s: {ran} of {len(good)} that shall run do; "
          f"{len(set(waiting) & set(wrong))} wait for a feature")
    print(f"{len(chosen) - min(failed, len(chosen))} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
