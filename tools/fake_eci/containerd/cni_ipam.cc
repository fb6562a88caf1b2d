#include "tools/fake_eci/containerd/cni_ipam.h"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <iostream>
#include <iterator>
#include <string>

namespace vk::fake {
namespace {

constexpr std::string_view kVersion = "1.0.0";
constexpr std::string_view kNamespace = "K8S_POD_NAMESPACE=";

std::string Variable(const char* const* environment, std::string_view name) {
  for (; *environment != nullptr; ++environment) {
    const std::string_view entry(*environment);
    if (entry.starts_with(name) && entry.size() > name.size() && entry[name.size()] == '=') {
      return std::string(entry.substr(name.size() + 1));
    }
  }
  return {};
}

// Reads CNI_ARGS, "K8S_POD_NAMESPACE=172.30.0.5;K8S_POD_NAME=...".
std::string Address(std::string_view arguments) {
  const std::size_t start = arguments.find(kNamespace);
  if (start == std::string_view::npos) return {};
  arguments.remove_prefix(start + kNamespace.size());
  return std::string(arguments.substr(0, arguments.find(';')));
}

int Refuse(std::ostream& out, std::string_view why) {
  out << boost::json::serialize(
      boost::json::object{{"cniVersion", kVersion}, {"code", 7}, {"msg", why}});
  return 1;
}

}  // namespace

std::string GatewayOf(std::string_view network) {
  return std::string(network.substr(0, network.find('.', network.find('.') + 1))) + ".255.254";
}

int RunIpam(std::istream& configuration, std::ostream& out, const char* const* environment) {
  const std::string command = Variable(environment, "CNI_COMMAND");
  if (command == "VERSION") {
    out << boost::json::serialize(boost::json::object{
        {"cniVersion", kVersion}, {"supportedVersions", boost::json::array{"0.4.0", kVersion}}});
    return 0;
  }
  // Addresses are the cloud's, which takes them back itself.
  if (command != "ADD") return 0;
  const std::string address = Address(Variable(environment, "CNI_ARGS"));
  boost::system::error_code failed;
  const boost::json::value given =
      boost::json::parse(std::string(std::istreambuf_iterator<char>(configuration), {}), failed);
  const boost::json::value* network =
      failed ? nullptr : given.find_pointer("/ipam/network", failed);
  if (network == nullptr || !network->is_string()) return Refuse(out, "no ipam.network is given");
  const std::string prefix(network->as_string());
  if (address.empty()) return Refuse(out, "the sandbox's namespace is no address");
  const std::string gateway = GatewayOf(prefix);
  out << boost::json::serialize(boost::json::object{
      {"cniVersion", kVersion},
      {"ips",
       boost::json::array{boost::json::object{{"address", address + "/16"}, {"gateway", gateway}}}},
      {"routes", boost::json::array{boost::json::object{{"dst", "0.0.0.0/0"}}}},
      {"dns", boost::json::object{}}});
  return 0;
}

}  // namespace vk::fake
