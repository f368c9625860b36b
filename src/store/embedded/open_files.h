// The data files of blocks that are open: the most recently used ones, since a store may have more blocks than a
// process may have files. A file that somebody holds stays open for as long as that. Thread-safe.
#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/guarded.h"
#include "base/result.h"
#include "store/embedded/files.h"

namespace vizsla::store {

class OpenFiles {
 public:
  // Keeps up to `count_max` files open. Borrows `files`.
  OpenFiles(Files& files, std::size_t count_max) : files_(files), count_max_(count_max) {}

  // The file, opened if it isn't. Errors are those of Files::open.
  Result<std::shared_ptr<const ReadableFile>> open(const std::string& path);

  // It was removed or renamed.
  void forget(const std::string& path);

 private:
  struct Entry {
    std::string path;
    std::shared_ptr<const ReadableFile> file;
  };
  struct State {
    std::list<Entry> recent;  // the most recently used first
    std::unordered_map<std::string_view, std::list<Entry>::iterator> by_path;
  };

  Files& files_;
  const std::size_t count_max_;
  Guarded<State> state_;
};

}  // namespace vizsla::store
