// What the settings say of the store: for the server that runs it, and for commands that look at its folder.
#pragma once

#include "server/settings.h"
#include "store/embedded/store.h"

namespace vizsla::server {

store::StoreOptions store_options(const Settings& settings);

}  // namespace vizsla::server
