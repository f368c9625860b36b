// Which container a payload comes from (agent-protocol §1.4): what its headers say, else who is at the other end of the
// unix socket.
//
// What a header says is taken as it is. A process is looked up in the machine's files and remembered for a minute, also
// when it is in no container. Inodes of cgroups are read all at once, and again when one isn't among them, at most
// every ten seconds. Thread-safe.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/clock.h"
#include "base/guarded.h"
#include "http/message.h"

namespace vizsla::intake {

// The id in a cgroup's path: of Docker, containerd, CRI-O, Podman, Kubernetes, ECS, Garden. "" = none.
std::string_view container_id_in_path(std::string_view path);

class ContainerIdentity {
 public:
  // Where the machine's files are; others for tests.
  struct Roots {
    std::string proc = "/proc";
    std::string cgroups = "/sys/fs/cgroup";
  };

  ContainerIdentity(const Clock& clock, Roots roots) : clock_(clock), roots_(std::move(roots)) {}

  // "" when it isn't in a container, or in one that can't be told.
  std::string of(const http::Request& request);

 private:
  struct Found {
    std::string id;
    std::chrono::steady_clock::time_point until;
  };

  std::string of_inode(std::uint64_t inode);
  std::string of_process(int pid);
  [[nodiscard]] std::map<std::uint64_t, std::string> read_cgroups() const;

  struct Cgroups {
    std::map<std::uint64_t, std::string> ids;  // by inode
    std::optional<std::chrono::steady_clock::time_point> read_at;
  };

  const Clock& clock_;
  const Roots roots_;
  Guarded<std::map<int, Found>> processes_;
  Guarded<Cgroups> cgroups_;
};

}  // namespace vizsla::intake
