#pragma once

#include <memory>
#include <string>
#include <vector>

namespace vk::fake {

// The images of a containerd on a socket, and of the one registry it pulls from. Answers on gRPC's
// threads; a test calls it on its own.
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

 private:
  class Service;
  const std::unique_ptr<Service> service_;
};

}  // namespace vk::fake
