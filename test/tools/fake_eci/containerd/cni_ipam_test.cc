#include "tools/fake_eci/containerd/cni_ipam.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <sstream>
#include <string>

namespace vk::fake {
namespace {

constexpr const char* kConfiguration =
    R"({"cniVersion":"1.0.0","name":"n","ipam":{"type":"fake-eci-ipam","network":"172.30.0.0/16"}})";

struct Answer {
  int code;
  std::string text;
};

Answer Ask(const char* command, const char* arguments, const char* configuration = kConfiguration) {
  const std::string command_entry = std::string("CNI_COMMAND=") + command;
  const std::string arguments_entry = std::string("CNI_ARGS=") + arguments;
  const char* const environment[] = {"PATH=/", command_entry.c_str(), arguments_entry.c_str(),
                                     nullptr};
  std::istringstream in(configuration);
  std::ostringstream out;
  const int code = RunIpam(in, out, environment);
  return {code, out.str()};
}

TEST(CniIpamTest, SandboxGetsTheAddressThatItsNamespaceIs) {
  const Answer answer = Ask("ADD", "IgnoreUnknown=1;K8S_POD_NAMESPACE=172.30.1.7;K8S_POD_NAME=web");

  EXPECT_EQ(answer.code, 0);
  const auto ip = boost::json::parse(answer.text).at("ips").at(0);
  EXPECT_EQ(ip.at("address").as_string(), "172.30.1.7/16");
  EXPECT_EQ(ip.at("gateway").as_string(), "172.30.255.254");
}

TEST(CniIpamTest, WithoutAnAddressOrANetworkItSaysSo) {
  EXPECT_EQ(Ask("ADD", "K8S_POD_NAME=web").code, 1);
  const Answer answer = Ask("ADD", "K8S_POD_NAMESPACE=172.30.1.7", "{}");
  EXPECT_EQ(answer.code, 1);
  EXPECT_EQ(boost::json::parse(answer.text).at("msg").as_string(), "no ipam.network is given");
}

TEST(CniIpamTest, DeletingAnswersNothing) {
  const Answer answer = Ask("DEL", "K8S_POD_NAMESPACE=172.30.1.7");
  EXPECT_EQ(answer.code, 0);
  EXPECT_EQ(answer.text, "");
}

}  // namespace
}  // namespace vk::fake
