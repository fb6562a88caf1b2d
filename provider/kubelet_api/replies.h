#pragma once

#include <string>

#include "base/http/message.h"

namespace vk::kubelet {

// An answer of plain text, as the kubelet's errors are: the API server puts the text of a refusal
// into the Status that kubectl prints.
inline base::HttpResponse Text(int status, std::string body) {
  return {.status = status,
          .headers = {{"Content-Type", "text/plain; charset=utf-8"}},
          .body = std::move(body)};
}

}  // namespace vk::kubelet
