#include "provider/kube/resource_path.h"

#include <array>

namespace vk::kube {
namespace {

void AppendEncoded(std::string_view text, std::string* out) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '.' || c == '_' || c == '~';
    if (plain) {
      *out += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    *out += '%';
    *out += kHex[byte >> 4];
    *out += kHex[byte & 15];
  }
}

void AppendSegment(std::string_view text, std::string* path) {
  *path += '/';
  AppendEncoded(text, path);
}

std::string ApiVersion(const Resource& resource) {
  std::string version(resource.group);
  if (!version.empty()) version += '/';
  return version.append(resource.version);
}

struct SubresourceKind {
  std::string_view plural;
  std::string_view subresource;
  std::string_view api_version;
  std::string_view kind;
};
constexpr std::array<SubresourceKind, 2> kSubresourceKinds = {{
    {"serviceaccounts", "token", "authentication.k8s.io/v1", "TokenRequest"},
    {"pods", "eviction", "policy/v1", "Eviction"},
}};

}  // namespace

std::string CollectionPath(const Resource& resource, std::string_view ns) {
  std::string path = resource.group.empty() ? "/api/" : "/apis/";
  path += ApiVersion(resource);
  if (resource.namespaced && !ns.empty()) {
    path += "/namespaces";
    AppendSegment(ns, &path);
  }
  AppendSegment(resource.plural, &path);
  return path;
}

std::string ObjectPath(const Resource& resource, const ObjectKey& key) {
  std::string path = CollectionPath(resource, key.ns);
  AppendSegment(key.name, &path);
  if (!key.subresource.empty()) AppendSegment(key.subresource, &path);
  return path;
}

std::string WithQuery(std::string path,
                      const std::vector<std::pair<std::string_view, std::string>>& query) {
  char separator = '?';
  for (const auto& [name, value] : query) {
    if (value.empty()) continue;
    path += separator;
    AppendEncoded(name, &path);
    path += '=';
    AppendEncoded(value, &path);
    separator = '&';
  }
  return path;
}

ObjectType TypeOfBody(const Resource& resource, std::string_view subresource) {
  for (const SubresourceKind& own : kSubresourceKinds)
    if (own.plural == resource.plural && own.subresource == subresource)
      return {std::string(own.api_version), std::string(own.kind)};
  return {ApiVersion(resource), std::string(resource.kind)};
}

}  // namespace vk::kube
