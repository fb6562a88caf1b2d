#!/usr/bin/python3
"""The parts of the comparison, without a cluster; and the page of accepted differences."""

import contextlib
import io
import pathlib
import sys
import unittest

sys.dont_write_bytecode = True

import accepted
import cases
import compare
import facts
import pages

HERE = pathlib.Path(__file__).parent


def rules(**entry):
    return accepted.Rules([accepted.Difference(**({"name": "n", "why": "w"} | entry))], [])


class AcceptedTest(unittest.TestCase):
    def test_line_of_another_case_or_side_is_not_accepted(self):
        table = rules(cases=["dns-*"], lines=["-phase Failed"])
        self.assertTrue(table.accept("dns-none", "-phase Failed"))
        self.assertFalse(table.accept("env", "-phase Failed"))
        self.assertFalse(table.accept("dns-none", "+phase Failed"))
        self.assertFalse(table.accept("dns-none", "-phase Failed later"))

    def test_what_shows_sometimes_may_be_unused(self):
        self.assertEqual(rules(cases=["env"], lines=["-a"], sometimes=True).unused(), [])

    def test_pattern_of_cases_that_nothing_fits_is_unused(self):
        table = rules(cases=["dns-*", "env"], lines=["-a"])
        table.accept("dns-none", "-a")
        self.assertEqual(table.unused(), ["n (env)"])


class CompareTest(unittest.TestCase):
    def report(self, delta, table):
        output = io.StringIO()
        with contextlib.redirect_stdout(output):
            passed = compare.report(cases.Case(name="env", spec={}), delta, table, False)
        return passed, output.getvalue()

    def test_difference_that_is_not_accepted_fails_and_is_shown(self):
        delta = compare.difference(["phase Failed", "same"], ["phase Succeeded", "same"])
        passed, output = self.report(delta, rules(lines=["-phase Failed"]))
        self.assertFalse(passed)
        self.assertIn("+phase Succeeded", output)
        self.assertNotIn("same", output)

    def test_accepted_difference_passes(self):
        delta = compare.difference(["phase Failed"], ["phase Succeeded"])
        self.assertTrue(self.report(delta, rules(lines=["[-+]phase .*"]))[0])

    def test_lines_of_equal_text_but_for_dashes_are_told_apart(self):
        self.assertEqual(compare.difference(["-- a"], []), ["--- a"])


class CaseTest(unittest.TestCase):
    def test_short_form_becomes_a_pod(self):
        case = cases.Case(name="env", spec={"containers": [{"run": "echo a"}, {"image": "i"}], "initContainers": [{}]})
        spec = case.pod({"nodeName": "n"})["spec"]
        self.assertEqual([container["name"] for container in spec["containers"]], ["main", "main1"])
        self.assertEqual(spec["containers"][0]["command"], ["sh", "-c", "exec 2>&1; echo a"])
        self.assertEqual(spec["initContainers"][0]["name"], "init")
        self.assertEqual(spec["nodeName"], "n")

    def test_refused_case_waits_for_the_event_on_the_virtual_node_only(self):
        case = cases.Case(name="env", spec={}, refusal=accepted.Refusal(["env"], ["spec.hostPID"], "w"))
        self.assertIsInstance(case.steps("virtual-kubelet")[0], cases.Refused)
        self.assertIsInstance(case.steps("worker")[0], cases.Until)


class FactsTest(unittest.TestCase):
    def test_own_address_is_replaced_and_longer_ones_are_not(self):
        forget = facts._Forgetter({}, {"metadata": {"uid": "u-1"}, "status": {"podIP": "10.0.0.1"}})
        self.assertEqual(forget("ip 10.0.0.1 not 10.0.0.12 nor 110.0.0.1"), "ip POD_IP not 10.0.0.12 nor 110.0.0.1")


    def test_log_that_the_kubelet_has_lost_is_not_compared(self):
        kubelet = ["main previous log| unable to retrieve container logs for c", "main previous log| b", "other previous log| a"]
        virtual = ["main previous log| first", "other previous log| b"]
        self.assertEqual(facts.without_lost_runs(kubelet, virtual), [["other previous log| a"], ["other previous log| b"]])


    def test_run_that_the_kubelet_has_lost_is_not_compared(self):
        kubelet = ["main restartCount 1", "other restartCount 0"]
        virtual = ["main lastState terminated", "main restartCount 1", "main previous log| a", "other lastState terminated",
                   "other restartCount 0"]
        self.assertEqual(facts.without_lost_runs(kubelet, virtual),
                         [kubelet, ["main restartCount 1", "other lastState terminated", "other restartCount 0"]])

    def test_run_that_only_the_virtual_node_has_lost_is_a_difference(self):
        kubelet = ["main lastState terminated", "main restartCount 1"]
        self.assertEqual(facts.without_lost_runs(kubelet, ["main restartCount 1"]), [kubelet, ["main restartCount 1"]])


class FilesTest(unittest.TestCase):
    def test_every_case_of_the_table_exists(self):
        table = accepted.load(HERE / "accepted.yaml")
        names = {case.name for case in cases.load_cases(HERE / "cases", table)}
        self.assertGreaterEqual(len(names), 60)
        for refusal in table.refusals:
            self.assertLessEqual(set(refusal.cases), names)

    def test_page_is_what_the_table_says(self):
        self.assertEqual(pages.PAGE.read_text().partition(pages.FIELDS)[0], pages.page(accepted.load(HERE / "accepted.yaml")))


if __name__ == "__main__":
    unittest.main()
