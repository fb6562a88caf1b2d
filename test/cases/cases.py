#!/usr/bin/python3
"""Runs the cases of checks.py, each in a namespace of its own, all at once.

cases.py --server URL --kubectl FILE --ecictl FILE [CASE..]: URL is that of a `kubectl proxy`; KUBECONFIG and the ECI_... variables as
those programs want them. test/integration/cases_test.sh starts all that this needs.
"""

import argparse
import concurrent.futures
import pathlib
import sys
import time
import traceback

import yaml

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))

import checks
from box import Box, Failure
from kube import Kube, Refused

HERE = pathlib.Path(__file__).parent


def run(check, kube, programs):
    """What is wrong, or nothing; and how long it took."""
    begin, fault = time.monotonic(), None
    try:
        check(Box(kube, programs, check.__name__, getattr(check, "labels", None)))
    except (Failure, Refused) as failure:
        fault = str(failure)
    except Exception:  # A fault of the check itself is shown as one of the case.
        fault = traceback.format_exc()
    return fault, time.monotonic() - begin


def report(name, fault, seconds, feature):
    """Prints the case's line; whether it is as the list says."""
    if fault and feature:
        print(f"not yet {name}: {feature}")
        return True
    if feature:
        print(f"FAILED  {name} holds: take it out of not_yet.yaml ({feature})")
        return False
    print(f"{'FAILED ' if fault else 'ok     '} {name} ({seconds:.0f} s){': ' + fault if fault else ''}")
    return not fault


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--server", required=True)
    parser.add_argument("--kubectl", required=True)
    parser.add_argument("--ecictl", required=True)
    parser.add_argument("case", nargs="*")
    arguments = parser.parse_args()
    not_yet = yaml.safe_load((HERE / "not_yet.yaml").read_text()) or {}
    names = {check.__name__ for check in checks.CASES + checks.ALONE}
    unknown = (set(arguments.case) | set(not_yet)) - names
    if unknown:
        parser.error(f"there is no case {', '.join(sorted(unknown))}")
    chosen, alone = ([check for check in every if not arguments.case or check.__name__ in arguments.case] for every in (checks.CASES, checks.ALONE))

    begin = time.monotonic()
    kube, programs = Kube(arguments.server), {"kubectl": arguments.kubectl, "ecictl": arguments.ecictl}
    with concurrent.futures.ThreadPoolExecutor(max(1, len(chosen))) as pool:
        results = list(pool.map(lambda check: run(check, kube, programs), chosen))
    results += [run(check, kube, programs) for check in alone]
    good = [report(check.__name__, *result, not_yet.get(check.__name__)) for check, result in zip(chosen + alone, results)]
    print(f"{len(good)} cases in {time.monotonic() - begin:.0f} s")
    print(f"{sum(good)} passed, {len(good) - sum(good)} failed")
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
