#include "tools/fake_eci/containerd/group_files.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "proto/eci/v1/container_group.pb.h"
#include "tools/fake_eci/containerd/hosted_group.h"

namespace vk::fake {
namespace {

namespace fs = std::filesystem;

constexpr auto kEveryone = fs::perms::all;
constexpr auto kReadable = static_cast<fs::perms>(0755);

// Modes are the kubelet's, which containers of any user rely on.
class GroupFilesTest : public testing::Test {
 protected:
  GroupFilesTest() : paths_(fs::path(testing::TempDir()) / "group-files-test") {}
  ~GroupFilesTest() override { fs::remove_all(paths_.groups().parent_path()); }

  void Make(const eci::v1::CreateContainerGroupRequest& request) {
    HostedGroup group{.id = "eci-1", .name = "web", .address = "172.30.0.9"};
    request.SerializeToString(&group.spec);
    ASSERT_TRUE(MakeGroupFiles(group, paths_));
    ASSERT_TRUE(MakeContainerFiles(group, 0, 0, paths_));
  }
  // What the volume stands for, with links followed.
  fs::path Behind(const char* volume) const {
    return fs::canonical(GroupFolders(paths_, "eci-1").volume(volume));
  }
  static void AddDisk(const std::string& options, eci::v1::CreateContainerGroupRequest* request) {
    auto* volume = request->add_volume();
    volume->set_name("v");
    volume->set_type("FlexVolume");
    volume->mutable_flex_volume()->set_driver("alicloud/disk");
    volume->mutable_flex_volume()->set_options(options);
  }
  fs::perms ModeOf(const fs::path& path) const {
    return fs::status(GroupFolders(paths_, "eci-1").volume("v") / path).permissions();
  }
  // Below a volume, each with a space behind it, parents first.
  std::string Folders(const std::string& volume) const {
    const fs::path top = GroupFolders(paths_, "eci-1").volume(volume);
    std::string found;
    for (const auto& entry : fs::recursive_directory_iterator(top)) {
      if (entry.is_directory()) found += entry.path().lexically_relative(top).string() + " ";
    }
    return found;
  }

  const RuntimePaths paths_;
};

TEST_F(GroupFilesTest, FolderOfFilesIsOpenToAllAndThoseWithinAreReadable) {
  eci::v1::CreateContainerGroupRequest request;
  request.add_container()->set_name("main");
  auto* volume = request.add_volume();
  volume->set_name("v");
  volume->set_type("ConfigFileVolume");
  for (const char* path : {"plain", "sub/nested"}) {
    volume->mutable_config_file_volume()->add_config_file_to_path()->set_path(path);
  }

  Make(request);

  EXPECT_EQ(ModeOf(""), kEveryone);
  EXPECT_EQ(ModeOf("sub"), kReadable);
}

TEST_F(GroupFilesTest, NextLifeHasTheFilesOfTheLastUpdate) {
  eci::v1::CreateContainerGroupRequest request;
  request.add_container()->set_name("main");
  auto* volume = request.add_volume();
  volume->set_name("v");
  volume->set_type("ConfigFileVolume");
  auto* files = volume->mutable_config_file_volume();
  for (const char* path : {"changed", "gone"}) {
    auto* file = files->add_config_file_to_path();
    file->set_path(path);
    file->set_content("b25l");
  }
  Make(request);
  files->mutable_config_file_to_path()->RemoveLast();
  files->mutable_config_file_to_path(0)->set_content("dHdvdHdv");

  Make(request);

  EXPECT_EQ(fs::file_size(Behind("v") / "changed"), 6u);
  EXPECT_FALSE(fs::exists(Behind("v") / "gone"));
}

TEST_F(GroupFilesTest, EveryPartOfASubPathIsOpenToAll) {
  eci::v1::CreateContainerGroupRequest request;
  auto* volume = request.add_volume();
  volume->set_name("v");
  volume->set_type("EmptyDirVolume");
  auto* container = request.add_container();
  container->set_name("main");
  auto* mount = container->add_volume_mount();
  mount->set_name("v");
  mount->set_sub_path("one/two");

  Make(request);

  EXPECT_EQ(ModeOf("one"), kEveryone);
  EXPECT_EQ(ModeOf("one/two"), kEveryone);
}

TEST_F(GroupFilesTest, DiskKeepsItsFilesAndModesWhenItsGroupGoes) {
  eci::v1::CreateContainerGroupRequest request;
  request.add_container()->set_name("main");
  AddDisk(R"({"volumeId":"d-1"})", &request);
  Make(request);
  EXPECT_EQ(ModeOf(""), kReadable);
  const fs::path disk = Behind("v");
  fs::create_directory(disk / "kept");
  fs::permissions(disk, kEveryone);

  RemoveGroupFiles("eci-1", paths_);
  Make(request);

  EXPECT_TRUE(fs::exists(Behind("v") / "kept"));
  EXPECT_EQ(ModeOf(""), kEveryone);
}

TEST_F(GroupFilesTest, DiskWithoutAnIdEndsWithItsGroup) {
  eci::v1::CreateContainerGroupRequest request;
  request.add_container()->set_name("main");
  AddDisk(R"({"volumeSize":"20"})", &request);
  Make(request);
  const fs::path disk = Behind("v");

  RemoveGroupFiles("eci-1", paths_);

  EXPECT_FALSE(fs::exists(disk));
}

TEST_F(GroupFilesTest, VolumeOfFilesHasThePointsOfMountsInsideIt) {
  eci::v1::CreateContainerGroupRequest request;
  for (const char* name : {"v", "store", "cache"}) {
    auto* volume = request.add_volume();
    volume->set_name(name);
    volume->set_type(name == std::string_view("cache") ? "EmptyDirVolume" : "ConfigFileVolume");
  }
  auto* container = request.add_container();
  container->set_name("main");
  const std::pair<const char*, const char*> mounts[] = {{"store", "/conf/a/store"},
                                                        {"v", "/conf/"},
                                                        {"cache", "/conf/a/store/cache"},
                                                        {"cache", "/configuration"}};
  for (const auto& [volume, path] : mounts) {
    auto* mount = container->add_volume_mount();
    mount->set_name(volume);
    mount->set_mount_path(path);
  }

  Make(request);

  EXPECT_EQ(ModeOf("a/store"), kReadable);
  EXPECT_EQ(Folders("v"), "a a/store ");
  EXPECT_EQ(Folders("store"), "cache ");
  EXPECT_EQ(Folders("cache"), "");
}

TEST_F(GroupFilesTest, FileAtThePointOfAMountStays) {
  eci::v1::CreateContainerGroupRequest request;
  auto* volume = request.add_volume();
  volume->set_name("v");
  volume->set_type("ConfigFileVolume");
  volume->mutable_config_file_volume()->add_config_file_to_path()->set_path("settings");
  auto* container = request.add_container();
  container->set_name("main");
  for (const char* path : {"/conf", "/conf/settings"}) {
    auto* mount = container->add_volume_mount();
    mount->set_name("v");
    mount->set_mount_path(path);
  }

  Make(request);

  EXPECT_TRUE(fs::is_regular_file(GroupFolders(paths_, "eci-1").volume("v") / "settings"));
}

}  // namespace
}  // namespace vk::fake
