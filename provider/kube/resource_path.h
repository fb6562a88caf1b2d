#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "provider/kube/kube_api.h"

namespace vk::kube {

// "/api/v1/namespaces/a/pods", "/apis/coordination.k8s.io/v1/leases"; an empty namespace is all of
// them.
std::string CollectionPath(const Resource& resource, std::string_view ns);

// "/api/v1/namespaces/a/pods/b/status". REQUIRES: a name.
std::string ObjectPath(const Resource& resource, const ObjectKey& key);

// Appends "?a=b&c=d" to `path`, percent-encoded; pairs with an empty value are left out.
std::string WithQuery(std::string path,
                      const std::vector<std::pair<std::string_view, std::string>>& query);

// Type of what is sent to an object's subresource: of the object itself, except where a subresource
// has a kind of its own.
struct ObjectType {
  std::string api_version;  // "v1", "coordination.k8s.io/v1"
  std::string kind;
};
ObjectType TypeOfBody(const Resource& resource, std::string_view subresource);

}  // namespace vk::kube
