#include "eci_client/redaction.h"

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
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

// Members of the options of a volume, which are JSON, that may be shown: where it is, not with
// which key it is reached.
constexpr std::string_view kPublicOptions[] = {"bucket",   "otherOpts", "options", "path",
                                               "ramRole",  "server",    "url",     "vers",
                                               "volumeId", "volumeSize"};

void AddSecret(std::string value, std::vector<std::string>* secrets) {
  if (value.size() < kShortestSecret) return;
  secrets->push_back(PercentEncode(value));
  secrets->push_back(std::move(value));
}

// The cloud may name one of them alone.
void AddMembers(const std::string& text, std::vector<std::string>* secrets) {
  boost::system::error_code malformed;
  const boost::json::value value = boost::json::parse(text, malformed);
  const auto* object = malformed ? nullptr : value.if_object();
  if (object == nullptr) return;
  for (const auto& [key, member] : *object) {
    const std::string_view name = key;
    const bool open = std::ranges::find(kPublicOptions, name) != std::end(kPublicOptions);
    if (!open && member.is_string()) AddSecret(std::string(member.get_string()), secrets);
  }
}

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
    if (IsPublicParameter(name)) continue;
    AddSecret(value, &secrets);
    if (value.starts_with('{')) AddMembers(value, &secrets);
  }
  // The longest first: one secret may be part of another.
  std::ranges::sort(secrets, [](const std::string& a, const std::string& b) {
    return a.size() != b.size() ? a.size() > b.size() : a < b;
  });
  for (const std::string& secret : secrets) ReplaceAll(&text, secret);
  return text;
}

}  // namespace vk::eci
