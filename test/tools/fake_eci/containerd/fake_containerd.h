#pragma once

#include <memory>
#include <string>
#include <vector>

namespace vk::fake {

// A containerd on a socket: images, the one registry it pulls from, and containers that do nothing
// and never end. Answers on gRPC's threads; a test calls it on its own.
class FakeContainerd {
 public:
  explicit FakeContainerd(const std::string& socket);
  ~FakeContainerd();

  // The registry has this image; names may share an id.
  void Publish(const std::string& image, const std::string& id);
  // It is in the store, without a pull.
  void Put(const std::string& image, const std::string& id);
  // Pulls and removals do not end until LetAllEnd.
  void HoldAll();
  void LetAllEnd();

  // Names in the store, sorted.
  std::vector<std::string> images() const;
  // "NAME as USER", in the order in which they began.
  std::vector<std::string> pulls() const;
  // How many began.
  int removals() const;
  // Names of containers, in the order in which they were started.
  std::vector<std::string> started() const;
  // The next start of a container fails.
  void FailNextStart();

 private:
  class Images;
  class Containers;
  struct Server;
  const std::unique_ptr<Server> server_;
};

}  // namespace vk::fake
