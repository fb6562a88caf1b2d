#pragma once

#include <map>
#include <string>
#include <vector>

namespace vk::kubelet {

// Who asks, as Kubernetes knows users (authentication.k8s.io/v1 UserInfo).
struct User {
  std::string name;
  std::string uid;
  std::vector<std::string> groups;
  std::map<std::string, std::vector<std::string>> extra;
};

}  // namespace vk::kubelet
