#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <expected>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "base/semaphore.h"
#include "base/task_group.h"
#include "tools/fake_eci/containerd/cri_client.h"

namespace vk::fake {

// Why an image is not there.
struct ImageError {
  enum class Kind {
    kNoReference,  // Its name is none.
    kNotPresent,   // Its policy is Never.
    kNotSeen,      // containerd did not say whether it has it.
    kNotPulled,
  };
  Kind kind;
  base::Error error;  // Its message is for users: containerd's own words, or the kubelet's.
};

// The images of one containerd, which all groups share: each is there, unpacked, as long as it has
// a user (a group or an image cache, by its id), and is removed with the last one, so that a later
// user pulls it again. Users that come together share one pull. Used on one thread.
class ImageStore {
 public:
  // All outlive it; removals run in `tasks`.
  struct Parts {
    CriClient& cri;
    base::Clock& clock;
    base::Log& log;
    base::TaskGroup& tasks;
    boost::asio::any_io_executor executor;
  };
  explicit ImageStore(const Parts& parts) : parts_(parts) {}

  // Keeps images from being removed, whether they are there or not.
  void Use(const std::string& user, const std::vector<std::string>& images);
  // The same for ever: what belongs to the machine.
  void Pin(const std::vector<std::string>& images);

  using Had = std::expected<std::string, ImageError>;
  struct Wanted {
    std::string user;
    std::string image;
    std::string policy;        // ImagePullPolicy; empty is IfNotPresent.
    std::string pull_secrets;  // As Group has it.
  };
  // Has the image in the store and in use; says how, in the kubelet's words. `on_pull` is called
  // when a pull begins.
  boost::asio::awaitable<Had> Have(Wanted wanted, std::function<void()> on_pull);

  // The user has no more use for any image, or only for those it keeps.
  void LetGo(const std::string& user, const std::vector<std::string>& keeps = {});

  // Removes what an earlier process left and nobody uses now.
  boost::asio::awaitable<base::Status> Sweep();

 private:
  struct Entry {
    explicit Entry(const boost::asio::any_io_executor& executor) : turn(1, executor) {}

    std::set<std::string> users;
    std::string id;        // containerd's, once it was seen; names may share it.
    base::Semaphore turn;  // One pull or removal at a time.
  };

  Entry& EntryOf(const std::string& image);
  boost::asio::awaitable<base::Result<bool>> Look(const std::string& image, Entry& entry);
  boost::asio::awaitable<Had> HaveInTurn(const Wanted& wanted, Entry& entry,
                                         const std::function<void()>& on_pull);
  boost::asio::awaitable<void> Remove(std::string image);
  boost::asio::awaitable<void> RemoveInTurn(const std::string& image, Entry& entry);
  bool IsUsed(const std::string& id) const;

  const Parts parts_;
  std::map<std::string, Entry> entries_;  // By name; never erased, since tasks wait in them.
};

}  // namespace vk::fake
