#!/usr/bin/python3
"""The judgement of pods and the reading of templates, without a cluster."""

import sys
import unittest

sys.dont_write_bytecode = True

import templates
from outcome import GROUP, Outcome

RUNNING = {"metadata": {"annotations": {GROUP: "eci-1"}}, "status": {"phase": "Running"}}
PENDING = {"metadata": {}, "status": {"phase": "Pending"}}


def event(reason, message="", kind="Warning"):
    return {"reason": reason, "message": message, "type": kind}


class OutcomeTest(unittest.TestCase):
    def test_running_pod_without_event_runs(self):
        self.assertTrue(Outcome.parse("runs").holds(RUNNING, [event("Started", kind="Normal")]))
        self.assertFalse(Outcome.parse("runs").holds(PENDING, []))
        self.assertFalse(Outcome.parse("runs").holds(RUNNING, [event("PodFieldNotEnforced", "spec.hostUsers")]))

    def test_running_pod_without_group_does_not_run(self):
        self.assertFalse(Outcome.parse("runs").holds({"metadata": {}, "status": {"phase": "Running"}}, []))

    def test_event_has_its_type_and_names_every_field(self):
        outcome = Outcome.parse("runs with event: Warning hostUsers, hostPort")
        told = event("PodFieldNotEnforced", "spec.hostUsers, spec.containers[0].ports[0].hostPort")
        self.assertTrue(outcome.holds(RUNNING, [told]))
        self.assertFalse(outcome.holds(RUNNING, [told | {"type": "Normal"}]))
        self.assertFalse(outcome.holds(RUNNING, [event("PodFieldNotEnforced", "spec.hostUsers")]))
        self.assertFalse(outcome.holds(RUNNING, []))

    def test_field_that_is_not_enforced_is_told_once(self):
        told = event("PodFieldNotEnforced", "spec.hostUsers")
        self.assertFalse(Outcome.parse("runs with event: Warning hostUsers").holds(RUNNING, [told, told]))

    def test_refused_pod_is_pending_and_its_event_names_the_path(self):
        outcome = Outcome.parse("refused: spec.hostPID")
        self.assertTrue(outcome.holds(PENDING, [event("UnsupportedPodField", "spec.hostPID, spec.hostIPC")]))
        self.assertFalse(outcome.holds(PENDING, [event("UnsupportedPodField", "spec.hostIPC")]))
        self.assertFalse(outcome.holds(PENDING, [event("FailedScheduling", "spec.hostPID")]))
        self.assertFalse(outcome.holds(RUNNING, [event("UnsupportedPodField", "spec.hostPID")]))

    def test_waiting_pod_says_for_what(self):
        waiting = PENDING | {"status": {"phase": "Pending", "conditions": [{"type": "PodScheduled", "reason": "SchedulingGated"}]}}
        self.assertTrue(Outcome.parse("waits: SchedulingGated").holds(waiting, []))
        self.assertFalse(Outcome.parse("waits: SchedulingGated").holds(PENDING, []))

    def test_text_that_is_no_outcome_is_refused(self):
        for text in ("run", "runs: x", "refused", "waits", "runs with event: hostPort", "refused: "):
            with self.assertRaises(ValueError, msg=text):
                Outcome.parse(text)


class TemplatesTest(unittest.TestCase):
    def test_every_template_says_what_becomes_of_it(self):
        loaded = templates.load()
        self.assertGreaterEqual(len(loaded), 120)
        self.assertGreaterEqual(sum(template.compared for template in loaded), 40)
        for template in loaded:
            Outcome.parse(template.becomes)

    def test_no_two_objects_have_one_name(self):
        seen = set()
        for template in templates.load():
            for one in [*template.objects, template.pod]:
                name = (template.family, one["kind"], one["metadata"]["name"])
                self.assertNotIn(name, seen)
                seen.add(name)

    def test_file_without_outcome_or_pod_is_refused(self):
        pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\n"
        self.assertEqual(templates.parse("f/a", "# becomes: runs\n" + pod).becomes, "runs")
        for text in (pod, "# becomes: runs\nkind: ConfigMap\n", "# becomes: runs\n# becomes: runs\n" + pod):
            with self.assertRaises(ValueError):
                templates.parse("f/a", text)
        with self.assertRaises(ValueError):
            templates.parse("f/b", "# becomes: runs\n" + pod)


if __name__ == "__main__":
    unittest.main()
