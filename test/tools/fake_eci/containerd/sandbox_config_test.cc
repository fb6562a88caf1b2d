#include "tools/fake_eci/containerd/sandbox_config.h"

#include <gmock/gmock.h>

#include "proto/cri/v1/runtime.pb.h"
#include "proto/eci/v1/container_group.pb.h"

namespace vk::fake {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;

class SandboxConfigTest : public testing::Test {
 protected:
  SandboxConfigTest() {
    container_ = request_.add_container();
    container_->set_name("main");
    container_->set_image("vk.test/job:1");
  }

  HostedGroup Group() const {
    HostedGroup group{.id = "eci-1", .name = "ns-web-1234", .address = "172.30.0.9"};
    auto secrets = request_;
    request_.SerializeToString(&group.spec);
    secrets.clear_container();
    secrets.SerializeToString(&group.pull_secrets);
    return group;
  }
  runtime::v1::ContainerConfig Config() const { return ContainerConfigOf(Group(), 0, 2, paths_); }
  runtime::v1::PodSandboxConfig Sandbox() const {
    return SandboxConfigOf(Group(), paths_, "172.30.255.254");
  }

  const RuntimePaths paths_{"/srv/fake"};
  eci::v1::CreateContainerGroupRequest request_;
  eci::v1::Container* container_;
};

TEST_F(SandboxConfigTest, SandboxHasTheGroupsAddressNameAndControlGroup) {
  EXPECT_EQ(Sandbox().metadata().uid(), "eci-1");
  EXPECT_EQ(Sandbox().metadata().namespace_(), "172.30.0.9");
  EXPECT_EQ(Sandbox().hostname(), "ns-web-1234");
  EXPECT_EQ(Sandbox().linux().cgroup_parent(), paths_.cgroup() + "/eci-1");
}

TEST_F(SandboxConfigTest, SandboxOfAPrivilegedContainerIsPrivileged) {
  EXPECT_FALSE(Sandbox().linux().security_context().privileged());

  container_->set_security_context_privileged(true);

  EXPECT_TRUE(Sandbox().linux().security_context().privileged());
}

TEST_F(SandboxConfigTest, HostNameIsCutTo63WithoutATrailingHyphen) {
  request_.set_host_name(std::string(62, 'a') + "-bcd");

  EXPECT_EQ(Sandbox().hostname(), std::string(62, 'a'));
}

TEST_F(SandboxConfigTest, NameServersAndOptionsAreTheGroupsOwn) {
  request_.mutable_dns_config()->add_name_server("10.96.0.10");
  request_.mutable_dns_config()->add_search("svc.cluster.local");
  auto* option = request_.mutable_dns_config()->add_option();
  option->set_name("ndots");
  option->set_value("5");
  request_.mutable_dns_config()->add_option()->set_name("rotate");

  EXPECT_THAT(Sandbox().dns_config().servers(), ElementsAre("10.96.0.10"));
  EXPECT_THAT(Sandbox().dns_config().searches(), ElementsAre("svc.cluster.local"));
  EXPECT_THAT(Sandbox().dns_config().options(), ElementsAre("ndots:5", "rotate"));
}

TEST_F(SandboxConfigTest, GroupWithoutNameServersHasTheCloudsUnlessItWantsNone) {
  EXPECT_THAT(Sandbox().dns_config().servers(), ElementsAre("172.30.255.254"));
  EXPECT_THAT(SandboxConfigOf(Group(), paths_, "").dns_config().servers(), IsEmpty());

  request_.set_dns_policy("Default");
  EXPECT_THAT(Sandbox().dns_config().servers(), ElementsAre("172.30.255.254"));

  request_.set_dns_policy("None");
  EXPECT_THAT(Sandbox().dns_config().servers(), IsEmpty());
}

TEST_F(SandboxConfigTest, ArgumentsAreNeverTheCommand) {
  container_->add_arg("executor");

  EXPECT_THAT(Config().command(), IsEmpty());
  EXPECT_THAT(Config().args(), ElementsAre("executor"));
}

TEST_F(SandboxConfigTest, PodIpIsFilledInAndEmptyValuesStay) {
  auto* address = container_->add_environment_var();
  address->set_key("POD_IP");
  address->mutable_field_ref()->set_field_path("status.podIP");
  container_->add_environment_var()->set_key("EMPTY");

  EXPECT_EQ(Config().envs(0).value(), "172.30.0.9");
  EXPECT_EQ(Config().envs(1).key(), "EMPTY");
  EXPECT_EQ(Config().envs(1).value(), "");
}

TEST_F(SandboxConfigTest, CpuAndMemoryBecomeLimits) {
  container_->set_cpu(0.25f);
  container_->set_memory(0.5f);
  const auto resources = Config().linux().resources();

  EXPECT_EQ(resources.cpu_quota(), 25'000);
  EXPECT_EQ(resources.cpu_period(), 100'000);
  EXPECT_EQ(resources.cpu_shares(), 256);
  EXPECT_EQ(resources.memory_limit_in_bytes(), 512 << 20);
}

TEST_F(SandboxConfigTest, ReadOnlyShareIsMountedReadOnly) {
  auto* share = request_.add_volume();
  share->set_name("data");
  share->mutable_nfs_volume()->set_read_only(true);
  for (const char* name : {"data", "other"}) container_->add_volume_mount()->set_name(name);
  const auto config = Config();

  EXPECT_TRUE(config.mounts(0).readonly());
  EXPECT_FALSE(config.mounts(1).readonly());
}

TEST_F(SandboxConfigTest, MountsAreFoldersOfTheGroup) {
  auto* mount = container_->add_volume_mount();
  mount->set_name("data");
  mount->set_mount_path("/data");
  mount->set_sub_path("part");
  mount->set_read_only(true);
  const auto config = Config();

  EXPECT_EQ(config.mounts(0).host_path(), "/srv/fake/groups/eci-1/volumes/data/part");
  EXPECT_TRUE(config.mounts(0).readonly());
  EXPECT_EQ(config.mounts(1).container_path(), "/etc/hosts");
  EXPECT_EQ(config.mounts(2).container_path(), "/dev/termination-log");
  EXPECT_EQ(config.log_path(), "main/2.log");
}

TEST_F(SandboxConfigTest, ContainerThatMountsItsOwnHostsKeepsThem) {
  auto* mount = container_->add_volume_mount();
  mount->set_name("data");
  mount->set_mount_path("/etc/hosts");

  EXPECT_EQ(Config().mounts_size(), 2);
}

TEST_F(SandboxConfigTest, PrivilegedContainerSeesAllOfProc) {
  EXPECT_THAT(Config().linux().security_context().masked_paths(), Contains("/proc/kcore"));

  container_->set_security_context_privileged(true);

  EXPECT_THAT(Config().linux().security_context().masked_paths(), IsEmpty());
}

TEST_F(SandboxConfigTest, CredentialIsThatOfTheImagesRegistry) {
  auto* credential = request_.add_image_registry_credential();
  credential->set_server("vk.test");
  credential->set_user_name("someone");
  credential->set_password("secret");

  EXPECT_EQ(PullSecretOf(Group().pull_secrets, "vk.test/job:1").username(), "someone");
  EXPECT_EQ(PullSecretOf(Group().pull_secrets, "other.test/job:1").username(), "");
  EXPECT_EQ(PullSecretOf(Group().pull_secrets, "job:1").username(), "");
}

TEST_F(SandboxConfigTest, InitContainersComeFirst) {
  auto* init = request_.add_init_container();
  init->set_name("first");
  init->add_command("true");

  EXPECT_EQ(Config().metadata().name(), "first");
  EXPECT_THAT(Config().command(), ElementsAre("true"));
  EXPECT_EQ(ContainerConfigOf(Group(), 1, 0, paths_).metadata().name(), "main");
}

}  // namespace
}  // namespace vk::fake
