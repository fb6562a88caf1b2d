#include "provider/agent/group_deleter.h"

#include <utility>

#include "proto/eci/v1/container_group.pb.h"

namespace vk::agent {

using base::ErrorCode;

GroupDeleter::GroupDeleter(eci::EciApi& cloud, base::Log& log, base::Metrics& metrics)
    : cloud_(cloud),
      log_(log),
      deleted_(metrics.GetCounter("virtual_node_groups_deleted_total",
                                  "Accepted deletions of container groups.")),
      delete_errors_(
          metrics.GetCounter("virtual_node_group_delete_errors_total", "Failed deletions.")) {}

boost::asio::awaitable<base::Status> GroupDeleter::Delete(std::shared_ptr<const PodSnapshot> pod,
                                                          std::string group_id, bool force,
                                                          eci::WriteLimits limits) {
  eci::v1::DeleteContainerGroupRequest request;
  request.set_container_group_id(group_id);
  if (force) request.set_force(true);
  const auto reply = co_await cloud_.DeleteContainerGroup(std::move(request), limits);
  if (reply) {
    deleted_.Add();
    log_.Info("deleted container group", {{"pod", pod->ns + "/" + pod->name},
                                          {"pod_uid", pod->uid},
                                          {"group", group_id},
                                          {"force", force ? "true" : "false"},
                                          {"request_id", reply->request_id()}});
    co_return base::Status();
  }
  const base::Error& error = reply.error();
  const bool withdrawn = error.code == ErrorCode::kCancelled || base::WasNotSent(error);
  if (!withdrawn && error.code != ErrorCode::kNotFound) {
    delete_errors_.Add();
    log_.Warn("cannot delete container group", {{"pod", pod->ns + "/" + pod->name},
                                                {"pod_uid", pod->uid},
                                                {"group", group_id},
                                                {"error", error.message},
                                                {"code", error.cloud_code},
                                                {"request_id", error.request_id}});
  }
  co_return std::unexpected(error);
}

}  // namespace vk::agent
