#pragma once

#include <boost/asio/awaitable.hpp>

#include "base/http/server.h"
#include "base/log.h"
#include "base/result.h"
#include "provider/agent/pod_access.h"

namespace vk::kubelet {

enum class PodSelection {
  kAll,      // Every pod of the node, as the API server shows it.
  kRunning,  // Name, namespace, UID and running containers of those that have any.
};

// Answers with a v1 PodList in JSON, a few pods at a time: a thousand pods parsed at once would
// stop everything else for longer than one turn of the core thread may take. A pod carries the
// fields of proto/kubernetes, without managedFields. Errors: kUnavailable when the client has gone.
boost::asio::awaitable<base::Status> WritePodList(const agent::PodAccess& pods,
                                                  PodSelection selection, base::Log& log,
                                                  base::HttpResponder& responder);

}  // namespace vk::kubelet
