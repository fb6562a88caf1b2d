#include "provider/kube/testing/fake_pods.h"

#include <cstdio>
#include <cstdlib>
#include <utility>

#include "proto/kubernetes/core/v1/config.pb.h"
#include "proto/kubernetes/core/v1/pod.pb.h"
#include "provider/kube/object_bytes.h"

namespace vk::kube {
namespace {

namespace core = k8s::io::api::core::v1;

template <class T>
base::Result<T> Required(base::Result<T> result) {
  if (result) return result;
  std::fprintf(stderr, "fake_pods: %s\n", result.error().message.c_str());
  std::abort();
}

}  // namespace

std::string CreateBoundPod(FakeKube& server, const std::string& ns, const std::string& name,
                           std::string_view node) {
  core::Namespace home;
  home.mutable_metadata()->set_name(ns);
  if (!server.Get(kNamespaces, ObjectKey{"", ns, ""}))
    (void)Required(server.Create(kNamespaces, ObjectKey{}, ToBytes(home)));
  core::Pod pod;
  pod.mutable_metadata()->set_name(name);
  pod.mutable_spec()->set_nodename(std::string(node));
  core::Container& container = *pod.mutable_spec()->add_containers();
  container.set_name("main");
  container.set_image("busybox:1.36");
  const auto created = Required(server.Create(kPods, ObjectKey{ns, "", ""}, ToBytes(pod)));
  return Required(IdentityOf(*created))->uid;
}

void DeletePod(FakeKube& server, const std::string& ns, const std::string& name) {
  (void)Required(server.Delete(kPods, ObjectKey{ns, name, ""}, DeleteOptions{}));
}

void ForceDeletePod(FakeKube& server, const std::string& ns, const std::string& name) {
  DeleteOptions now;
  now.grace_period_seconds = 0;
  (void)Required(server.Delete(kPods, ObjectKey{ns, name, ""}, now));
}

}  // namespace vk::kube
