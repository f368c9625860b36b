// The commands that work on a data folder and need no server: `vizsla backup`, `vizsla restore` and `vizsla fsck`. They
// give the process's exit code. What they do is the store's (store/embedded/backup.h, fsck.h); here is what they say.
#pragma once

#include <string>

namespace vizsla::server {

struct BackupCommand {
  std::string backup;  // the folder to make
  std::string data_dir;
  bool copy = false;
};

int run_backup(const BackupCommand& command);

struct RestoreCommand {
  std::string backup;
  std::string data_dir;  // the folder to make
  bool copy = false;
};

int run_restore(const RestoreCommand& command);

struct FsckCommand {
  std::string folder;
  bool repair = false;
};

// 0: all is well, or is again and nothing was lost. 1: it couldn't be checked. 2: something is wrong or lost.
int run_fsck(const FsckCommand& command);

}  // namespace vizsla::server
