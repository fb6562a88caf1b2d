#include "eci_client/redaction.h"

#include <algorithm>
#include <vector>

#include "eci_client/percent_encoding.h"

namespace vk::eci {
namespace {

constexpr std::string_view kMark = "[secret]";
constexpr std::size_t kShortestSecret = 4;

// Whole parameters, and last parts of names in lists: "Container.1.Image" ends in Image.
constexpr std::string_view kPublicParts[] = {"ClientToken",
                                             "ClusterId",
                                             "ComputeCategory",
                                             "ContainerGroupId",
                                             "ContainerGroupIds",
                                             "ContainerGroupName",
                                             "ContainerName",
                                             "Cpu",
                                             "CpuArchitecture",
                                             "DataCacheId",
                                             "Domain",
                                             "EipInstanceId",
                                             "FieldPath",
                                             "FsType",
                                             "Gpu",
                                             "Hostname",
                                             "Image",
                                             "ImageCacheId",
                                             "ImageCacheName",
                                             "ImagePullPolicy",
                                             "ImageSnapshotId",
                                             "InstanceType",
                                             "Ip",
                                             "Key",
                                             "Memory",
                                             "MountPath",
                                             "Name",
                                             "Path",
                                             "Port",
                                             "Protocol",
                                             "RamRoleName",
                                             "RegionId",
                                             "ResourceGroupId",
                                             "ResourceId",
                                             "ResourceType",
                                             "RestartPolicy",
                                             "RoleArn",
                                             "Rr",
                                             "SecurityGroupId",
                                             "Server",
                                             "SpotStrategy",
                                             "Status",
                                             "Type",
                                             "VSwitchId",
                                             "VirtualNodeId",
                                             "VpcId",
                                             "ZoneId",
                                             "ZoneName"};

void ReplaceAll(std::string* text, std::string_view from) {
  for (std::size_t at = text->find(from); at != std::string::npos;
       at = text->find(from, at + kMark.size())) {
    text->replace(at, from.size(), kMark);
  }
}

bool IsIndex(std::string_view part) {
  return !part.empty() && std::ranges::all_of(part, [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

bool IsPublicParameter(std::string_view name) {
  if (name.starts_with("Tag.")) return true;
  std::string_view last = name.substr(name.rfind('.') + 1);
  if (IsIndex(last) && last.size() < name.size()) {
    const std::string_view list = name.substr(0, name.size() - last.size() - 1);
    last = list.substr(list.rfind('.') + 1);
  }
  return std::ranges::find(kPublicParts, last) != std::end(kPublicParts);
}

std::string WithoutSecrets(std::string text, const QueryPairs& parameters) {
  std::vector<std::string> secrets;
  for (const auto& [name, value] : parameters) {
    if (value.size() < kShortestSecret || IsPublicParameter(name)) continue;
    secrets.push_back(value);
    secrets.push_back(PercentEncode(value));
  }
  // The longest first: one secret may be part of another.
  std::ranges::sort(secrets, [](const std::string& a, const std::string& b) {
    return a.size() != b.size() ? a.size() > b.size() : a < b;
  });
  for (const std::string& secret : secrets) ReplaceAll(&text, secret);
  return text;
}

}  // namespace vk::eci
