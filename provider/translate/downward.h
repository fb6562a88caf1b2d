#pragma once

#include <string>

#include "provider/translate/planning.h"

namespace vk::translate {

struct FieldValue {
  std::string text;
  bool is_pod_ip = false;  // Only the cloud knows it, when the group starts.
};

// What a fieldRef of a container's environment stands for. Source:
// podFieldSelectorRuntimeValue in pkg/kubelet/kubelet_pods.go.
Planned<FieldValue> EnvironmentField(const core::ObjectFieldSelector& selector,
                                     const std::string& path, const Translation& translation);

// What a fieldRef of a downwardAPI volume stands for; there whole maps of labels and annotations
// are allowed, written as sorted lines `key="value"`.
Planned<std::string> VolumeField(const core::ObjectFieldSelector& selector, const std::string& path,
                                 const Translation& translation);

// What a resourceFieldRef stands for, rounded up to whole divisors. `self` is the container whose
// environment it is, null in a volume, where the selector names one. A limit that is not set is the
// group's size: on a virtual node the pod has that to itself.
Planned<std::string> ResourceField(const core::ResourceFieldSelector& selector,
                                   const core::Container* self, const std::string& path,
                                   const Translation& translation);

}  // namespace vk::translate
