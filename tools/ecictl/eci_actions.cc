#include "tools/ecictl/eci_actions.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <algorithm>
#include <cctype>
#include <map>
#include <utility>

#include "proto/eci/v1/container.pb.h"
#include "proto/eci/v1/container_group.pb.h"
#include "proto/eci/v1/container_group_view.pb.h"
#include "proto/eci/v1/data_cache.pb.h"
#include "proto/eci/v1/image_cache.pb.h"
#include "proto/eci/v1/metric.pb.h"
#include "proto/eci/v1/ops_task.pb.h"
#include "proto/eci/v1/region.pb.h"
#include "proto/eci/v1/tag.pb.h"
#include "proto/eci/v1/virtual_node.pb.h"
#include "proto/pvtz/v1/private_zone.pb.h"

namespace vk::ecictl {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FileDescriptor;

constexpr std::string_view kRequest = "Request";
constexpr std::size_t kMostNearNames = 3;
constexpr std::size_t kFewLetters = 2;  // In short names; a sixth of long ones.

// Every file of proto/eci/v1 and proto/pvtz/v1 that holds calls.
std::vector<const FileDescriptor*> Files() {
  return {eci::v1::ExecContainerCommandRequest::descriptor()->file(),
          eci::v1::CreateContainerGroupRequest::descriptor()->file(),
          eci::v1::DescribeContainerGroupsRequest::descriptor()->file(),
          eci::v1::CreateDataCacheRequest::descriptor()->file(),
          eci::v1::CreateImageCacheRequest::descriptor()->file(),
          eci::v1::DescribeContainerGroupMetricRequest::descriptor()->file(),
          eci::v1::CreateInstanceOpsTaskRequest::descriptor()->file(),
          eci::v1::DescribeRegionsRequest::descriptor()->file(),
          eci::v1::TagResourcesRequest::descriptor()->file(),
          eci::v1::CreateVirtualNodeRequest::descriptor()->file(),
          pvtz::v1::AddZoneRequest::descriptor()->file()};
}

std::map<std::string, const Descriptor*, std::less<>> Requests() {
  std::map<std::string, const Descriptor*, std::less<>> requests;
  for (const FileDescriptor* file : Files()) {
    for (int index = 0; index < file->message_type_count(); ++index) {
      std::string name = file->message_type(index)->name();
      if (!name.ends_with(kRequest)) continue;
      name.resize(name.size() - kRequest.size());
      requests.emplace(std::move(name), file->message_type(index));
    }
  }
  return requests;
}

std::unique_ptr<google::protobuf::Message> New(const Descriptor* descriptor) {
  auto* factory = google::protobuf::MessageFactory::generated_factory();
  return std::unique_ptr<google::protobuf::Message>(factory->GetPrototype(descriptor)->New());
}

std::string Lower(std::string_view text) {
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return lower;
}

// Levenshtein's: letters to insert, remove or change.
std::size_t Distance(std::string_view from, std::string_view to) {
  std::vector<std::size_t> row(to.size() + 1);
  for (std::size_t i = 0; i < row.size(); ++i) row[i] = i;
  for (std::size_t i = 0; i < from.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i + 1);
    for (std::size_t j = 0; j < to.size(); ++j) {
      const std::size_t change = diagonal + (from[i] == to[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({change, diagonal + 1, row[j] + 1});
    }
  }
  return row.back();
}

}  // namespace

std::vector<std::string> EciActions() {
  std::vector<std::string> names;
  for (const auto& [name, unused] : Requests()) names.push_back(name);
  return names;
}

EciMessages NewEciMessages(std::string_view action) {
  const auto requests = Requests();
  const auto found = requests.find(action);
  if (found == requests.end()) return {};
  const Descriptor* reply = found->second->file()->FindMessageTypeByName(found->first + "Response");
  return {.request = New(found->second), .reply = New(reply)};
}

std::vector<std::string> NearNames(std::string_view name, const std::vector<std::string>& names) {
  const std::string wanted = Lower(name);
  std::vector<std::pair<std::size_t, std::string>> near;
  for (const std::string& candidate : names) {
    const std::string lower = Lower(candidate);
    const bool begun = !wanted.empty() && lower.starts_with(wanted);
    const std::size_t distance = Distance(wanted, lower);
    if (begun || distance <= std::max(kFewLetters, lower.size() / 6))
      near.emplace_back(distance, candidate);
  }
  std::ranges::sort(near);
  near.resize(std::min(near.size(), kMostNearNames));
  std::vector<std::string> nearest;
  for (auto& [unused, candidate] : near) nearest.push_back(std::move(candidate));
  return nearest;
}

std::string NearHint(const std::vector<std::string>& near, std::string_view otherwise) {
  return near.empty() ? fmt::format("; {}", otherwise)
                      : fmt::format("; did you mean {}?", fmt::join(near, " or "));
}

std::string NoSuchAction(std::string_view action) {
  return fmt::format("there is no action {}{}", action,
                     NearHint(NearNames(action, EciActions()), "ecictl eci --help lists all"));
}

}  // namespace vk::ecictl
