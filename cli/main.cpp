// SPDX-License-Identifier: Apache-2.0
#include "cli/arguments.h"

int main(int argc, char** argv) { return static_cast<int>(watchglass::cli::run(argc, argv)); }
