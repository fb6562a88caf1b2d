#pragma once

#include <google/protobuf/descriptor.h>

#include <vector>

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
#include "proto/sts/v1/sts.pb.h"

namespace vk::eci {

using google::protobuf::Descriptor;
using google::protobuf::FileDescriptor;

// The files of proto/eci that hold calls, and that of proto/pvtz.
inline std::vector<const FileDescriptor*> TreeFiles() {
  return {v1::ExecContainerCommandRequest::descriptor()->file(),
          v1::CreateContainerGroupRequest::descriptor()->file(),
          v1::DescribeContainerGroupsRequest::descriptor()->file(),
          v1::CreateDataCacheRequest::descriptor()->file(),
          v1::CreateImageCacheRequest::descriptor()->file(),
          v1::DescribeContainerGroupMetricRequest::descriptor()->file(),
          v1::CreateInstanceOpsTaskRequest::descriptor()->file(),
          v1::DescribeRegionsRequest::descriptor()->file(),
          v1::TagResourcesRequest::descriptor()->file(),
          v1::CreateVirtualNodeRequest::descriptor()->file(),
          pvtz::v1::AddZoneRequest::descriptor()->file()};
}

inline std::vector<const FileDescriptor*> AllFiles() {
  auto files = TreeFiles();
  files.push_back(sts::v1::AssumeRoleRequest::descriptor()->file());
  return files;
}

// The top-level messages of `files` whose name ends so, in order.
inline std::vector<const Descriptor*> MessagesEndingIn(
    const std::vector<const FileDescriptor*>& files, std::string_view suffix) {
  std::vector<const Descriptor*> messages;
  for (const FileDescriptor* file : files) {
    for (int index = 0; index < file->message_type_count(); ++index) {
      if (file->message_type(index)->name().ends_with(suffix)) {
        messages.push_back(file->message_type(index));
      }
    }
  }
  return messages;
}

}  // namespace vk::eci
