#include "provider/translate/group_change.h"

#include <gmock/gmock.h>

#include "base/proto_json/base64.h"
#include "proto/eci/v1/container_group.pb.h"
#include "proto/eci/v1/container_group_view.pb.h"

namespace vk::translate {
namespace {

namespace core = k8s::io::api::core::v1;

void SetVariable(const std::string& key, const std::string& value, eci::v1::Container* container) {
  auto* variable = container->add_environment_var();
  variable->set_key(key);
  variable->set_value(value);
}

// A group of one container with one variable and one file beside a token.
class GroupChangeTest : public testing::Test {
 protected:
  GroupChangeTest() {
    auto* main = planned_.add_container();
    main->set_name("main");
    SetVariable("MODE", "bad", main);
    main->add_volume_mount()->set_name("files");
    auto* volume = planned_.add_volume();
    volume->set_name("files");
    AddFile("conf", base::Base64Encode("bad"), volume);
    AddFile("token", base::Base64Encode(kTokenStandIn), volume);

    described_.set_container_group_id("eci-1");
    auto* shown = described_.add_containers();
    shown->set_name("main");
    auto* variable = shown->add_environment_vars();
    variable->set_key("MODE");
    variable->set_value("bad");
    auto* files = described_.add_volumes();
    files->set_name("files");
    for (const auto& [path, content] : {std::pair("conf", "bad"), {"token", "secret"}}) {
      auto* file = files->add_config_file_volume_config_file_to_paths();
      file->set_path(path);
      file->set_content(base::Base64Encode(content));
    }
  }
  static void AddFile(const std::string& path, const std::string& content,
                      eci::v1::Volume* volume) {
    auto* file = volume->mutable_config_file_volume()->add_config_file_to_path();
    file->set_path(path);
    file->set_content(content);
  }

  eci::v1::CreateContainerGroupRequest planned_;
  eci::v1::ContainerGroup described_;
};

TEST_F(GroupChangeTest, NothingIsSentForWhatTheGroupHas) {
  EXPECT_FALSE(FindInputChange(planned_, described_, {"main"}));
}

TEST_F(GroupChangeTest, ChangedVariableIsSentWithTheWholeEnvironmentAndNothingElse) {
  SetVariable("OTHER", "new", planned_.mutable_container(0));

  const auto change = FindInputChange(planned_, described_, {"main"});

  ASSERT_TRUE(change);
  EXPECT_EQ(change->update_type(), "IncrementalUpdate");
  EXPECT_EQ(change->container_group_id(), "eci-1");
  EXPECT_EQ(change->container(0).environment_var_size(), 2);
  EXPECT_FALSE(change->container(0).has_image());
  EXPECT_EQ(change->volume_size(), 0);
}

TEST_F(GroupChangeTest, ContainerThatIsNotAskedForIsLeftAlone) {
  SetVariable("OTHER", "new", planned_.mutable_container(0));

  EXPECT_FALSE(FindInputChange(planned_, described_, {"beside"}));
}

TEST_F(GroupChangeTest, ChangedFileIsSentWithTheTokenThatTheGroupHas) {
  planned_.mutable_volume(0)
      ->mutable_config_file_volume()
      ->mutable_config_file_to_path(0)
      ->set_content(base::Base64Encode("good"));

  const auto change = FindInputChange(planned_, described_, {"main"});

  ASSERT_TRUE(change);
  ASSERT_EQ(change->volume_size(), 1);
  const auto& files = change->volume(0).config_file_volume().config_file_to_path();
  ASSERT_EQ(files.size(), 2);
  EXPECT_EQ(files[0].content(), base::Base64Encode("good"));
  EXPECT_EQ(files[1].content(), base::Base64Encode("secret"));
}

TEST(ImageChangeTest, DefaultsThatAreWrittenOutMakeNoDifference) {
  EXPECT_TRUE(IsSameImage("busybox", "docker.io/library/busybox:latest"));
  EXPECT_TRUE(IsSameImage("team/app:1", "docker.io/team/app:1"));
  EXPECT_FALSE(IsSameImage("busybox:1", "busybox:2"));
  EXPECT_FALSE(IsSameImage("registry.example:5000/app", "registry.example:5000/app:1"));
  EXPECT_TRUE(IsSameImage("registry.example:5000/app", "registry.example:5000/app:latest"));
}

TEST(ImageChangeTest, ChangesAreThoseOfContainersAndSidecars) {
  core::Pod pod;
  for (const char* name : {"init", "proxy"}) {
    auto* init = pod.mutable_spec()->add_initcontainers();
    init->set_name(name);
    init->set_image("new:2");
  }
  pod.mutable_spec()->mutable_initcontainers(1)->set_restartpolicy("Always");
  auto* main = pod.mutable_spec()->add_containers();
  main->set_name("main");
  main->set_image("same:1");
  GroupObservation seen;
  seen.containers = {{.name = "proxy", .image = "old:1"}, {.name = "main", .image = "same:1"}};

  const auto changes = FindImageChanges(pod, seen);

  ASSERT_EQ(changes.size(), 1u);
  EXPECT_EQ(changes[0].container, "proxy");
  EXPECT_EQ(changes[0].from, "old:1");
  EXPECT_EQ(changes[0].to, "new:2");
  EXPECT_NE(HashOfImages(pod.spec()), HashOfImages(seen));
  seen.containers[0].image = "docker.io/library/new:2";
  EXPECT_EQ(HashOfImages(pod.spec()), HashOfImages(seen));
}

}  // namespace
}  // namespace vk::translate
