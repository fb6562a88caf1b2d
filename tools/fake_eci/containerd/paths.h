#pragma once

#include <filesystem>
#include <string>

namespace vk::fake {

// Where one runtime keeps everything it makes on the machine, so that two runtimes never meet and
// purging finds all of it. `tag` is a hash of `root`.
struct RuntimePaths {
  // REQUIRES: `root` is absolute.
  explicit RuntimePaths(std::filesystem::path root);

  std::filesystem::path root;  // --runtime-dir: images, files of groups, logs.
  std::string tag;             // Eight hexadecimal digits.
  std::filesystem::path run;   // Sockets and mounts; short, since a socket's path is.
  std::filesystem::path socket() const { return run / "containerd.sock"; }
  std::filesystem::path config() const { return root / "containerd.toml"; }
  std::filesystem::path mark() const { return root / "made-by-fake-eci"; }
  std::filesystem::path lock() const { return root / "lock"; }
  std::filesystem::path log() const { return root / "containerd.log"; }
  std::filesystem::path images() const { return root / "images"; }
  std::filesystem::path network() const { return root / "cni" / "conf"; }
  std::filesystem::path plugins() const { return root / "cni" / "bin"; }
  std::filesystem::path registries() const { return root / "registries"; }
  std::filesystem::path groups() const { return root / "groups"; }
  std::filesystem::path shares() const { return root / "shares"; }  // What NFS, OSS and disks hold.
  std::filesystem::path caches() const { return root / "caches"; }  // Snapshots; secrets in them.
  std::filesystem::path runc() const { return run / "runc" / "k8s.io"; }
  std::filesystem::path exec() const { return run / "exec"; }  // Sockets of commands.
  std::string bridge() const { return "eci" + tag; }
  std::string cgroup() const { return "/fake-eci-" + tag; }
};

}  // namespace vk::fake
