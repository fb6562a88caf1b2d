#pragma once

#include <string>
#include <string_view>

#include "provider/kube/testing/fake_kube.h"

namespace vk::kube {

// What a user or a scheduler does to pods, in one line each, for tests. A refusal is a mistake in
// the test and aborts.

// A pod of one container `main` bound to `node`, in a namespace that is made if needed; returns its
// uid.
std::string CreateBoundPod(FakeKube& server, const std::string& ns, const std::string& name,
                           std::string_view node);

// kubectl delete pod: with the pod's own grace.
void DeletePod(FakeKube& server, const std::string& ns, const std::string& name);

// kubectl delete pod --force --grace-period=0: it is gone at once.
void ForceDeletePod(FakeKube& server, const std::string& ns, const std::string& name);

}  // namespace vk::kube
