#pragma once

#include <string_view>

#include "base/result.h"
#include "provider/kube/kube_api.h"

namespace vk::kube {

// The API server's refusals, as a client of KubeApi sees them: code from the HTTP status,
// cloud_code from the Status' reason and first cause. Source: k8s.io/apimachinery/pkg/api/errors.

base::Error NotFound(std::string_view plural, std::string_view name);       // 404
base::Error AlreadyExists(std::string_view plural, std::string_view name);  // 409 AlreadyExists
base::Error Conflict(std::string_view plural, std::string_view name,
                     std::string_view cause);    // 409 Conflict
base::Error BadRequest(std::string_view cause);  // 400
base::Error Invalid(std::string_view kind, std::string_view name, std::string_view field,
                    std::string_view cause);  // 422; `field` as in "metadata.uid".
base::Error Expired(std::string_view cause);  // 410

}  // namespace vk::kube
