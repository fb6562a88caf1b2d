#include "provider/translate/registry_credentials.h"

#include <fmt/format.h>

#include <map>
#include <optional>
#include <set>

#include "base/proto_json/base64.h"
#include "base/proto_json/proto_json.h"
#include "proto/kubernetes/docker_config.pb.h"

namespace vk::translate {
namespace {

using kubernetes::DockerConfig;
using kubernetes::DockerCredential;

std::optional<DockerConfig> Parse(const std::string& json) {
  DockerConfig config;
  if (!base::FromJson(json, base::JsonNames::kKubernetes, &config)) return std::nullopt;
  return config;
}

std::optional<DockerConfig> ReadSecret(const core::Secret& secret) {
  const auto& data = secret.data();
  if (const auto found = data.find(".dockerconfigjson"); found != data.end()) {
    return Parse(found->second);
  }
  // The older form is the inner object alone.
  if (const auto found = data.find(".dockercfg"); found != data.end()) {
    return Parse("{\"auths\":" + found->second + "}");
  }
  return std::nullopt;
}

// "https://index.docker.io/v1/" is the server "index.docker.io".
std::string ServerOf(std::string_view key) {
  if (const auto scheme = key.find("://"); scheme != std::string_view::npos) {
    key.remove_prefix(scheme + 3);
  }
  return std::string(key.substr(0, key.find('/')));
}

std::optional<eci::v1::ImageRegistryCredential> ReadCredential(const std::string& key,
                                                               const DockerCredential& entry) {
  eci::v1::ImageRegistryCredential credential;
  credential.set_server(ServerOf(key));
  credential.set_user_name(entry.username());
  credential.set_password(entry.password());
  // As Docker has it, `auth` beats the other two.
  if (const auto pair = base::Base64Decode(entry.auth()); pair && pair->contains(':')) {
    credential.set_user_name(pair->substr(0, pair->find(':')));
    credential.set_password(pair->substr(pair->find(':') + 1));
  }
  if (credential.server().empty() || credential.user_name().empty()) return std::nullopt;
  return credential;
}

}  // namespace

std::optional<std::vector<eci::v1::ImageRegistryCredential>> ReadRegistryCredentials(
    const core::Secret& secret) {
  const auto config = ReadSecret(secret);
  if (!config) return std::nullopt;
  const std::map<std::string, DockerCredential> entries(config->auths().begin(),
                                                        config->auths().end());
  std::vector<eci::v1::ImageRegistryCredential> credentials;
  for (const auto& [key, entry] : entries) {
    if (auto credential = ReadCredential(key, entry)) credentials.push_back(*std::move(credential));
  }
  return credentials;
}

void WriteRegistryCredentials(const Translation& translation,
                              eci::v1::CreateContainerGroupRequest* request) {
  std::set<std::string> servers;
  for (const core::LocalObjectReference& reference : translation.pod.spec().imagepullsecrets()) {
    const auto secret = translation.inputs.secrets.find(reference.name());
    const bool found = secret != translation.inputs.secrets.end();
    auto credentials = found ? ReadRegistryCredentials(*secret->second) : std::nullopt;
    if (!credentials) {
      translation.notices.push_back(
          {.reason = "FailedToRetrieveImagePullSecret",
           .message = fmt::format(
               "Pull secret {} {}; images are pulled without it", reference.name(),
               found ? "holds no registry credentials that can be read" : "does not exist")});
      continue;
    }
    for (eci::v1::ImageRegistryCredential& credential : *credentials) {
      if (servers.insert(credential.server()).second)
        *request->add_image_registry_credential() = std::move(credential);
    }
  }
}

}  // namespace vk::translate
