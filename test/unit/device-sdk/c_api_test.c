/* SPDX-License-Identifier: Apache-2.0 */
/* The C API from real C, against the shared library. Usage: unit_device_c_api */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <watchglass/c/watchglass.h>

static int failures = 0;

static void check(int good, const char* what) {
    if (!good) {
        fprintf(stderr, "not so: %s\n", what);
        ++failures;
    }
}

/* As wg_enroll() leaves it, for a platform that is not there: everything is recorded, nothing is stored. */
static void write_identity(const char* directory) {
    char path[256];
    FILE* file;
    snprintf(path, sizeof path, "mkdir -p '%s/identity'", directory);
    check(system(path) == 0, "a directory for the identity");
    snprintf(path, sizeof path, "%s/identity/identity.json", directory);
    file = fopen(path, "w");
    fputs(
        "{\"device\":\"abcdefghijklmnopqrstuvwxyz\",\"mqtt\":{\"host\":\"127.0.0.1\",\"port\":1},"
        "\"https\":{\"host\":\"127.0.0.1\",\"port\":1}}",
        file);
    fclose(file);
}

/* Enrolling through a proxy asks the proxy. */
static void check_proxy(const char* directory) {
    /* platform.invalid:443, never dialed: the proxy is. */
    const char* const ticket =
        "wg1:cbygyylumzxxe3jonfxhmylmnfsadoyaaebagbafaydqqcikbmga2dqpaaaqeayeau"
        "daocajbifqydiob4ibceqtcqkrmfyydenbwha5dyp7e5udum";
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    const int proxy = socket(AF_INET, SOCK_STREAM, 0);
    pid_t child;
    char request[512] = {0};
    wg_error error;
    check(bind(proxy, (struct sockaddr*)&address, sizeof address) == 0 && listen(proxy, 4) == 0 &&
              getsockname(proxy, (struct sockaddr*)&address, &length) == 0,
          "a proxy listens");
    child = fork();
    if (child == 0) {
        alarm(60);
        const int connection = accept(proxy, NULL, NULL);
        const ssize_t got = recv(connection, request, sizeof request - 1, 0);
        _exit(got > 0 && strncmp(request, "CONNECT platform.invalid:", 25) == 0 ? 0 : 1);
    }
    close(proxy);
    check(wg_enroll_through(ticket, directory, "127.0.0.1", 0, &error) == WG_INVALID, "a port is needed");
    check(wg_enroll_through(ticket, directory, "127.0.0.1", ntohs(address.sin_port), &error) != WG_OK,
          "a proxy that hangs up enrolls nobody");
    int status = 1;
    waitpid(child, &status, 0);
    check(status == 0, "the proxy was asked for the platform");
}

int main(void) {
    const char* const labels[] = {"idle", "run"};
    const wg_parameter_definition parameters[] = {
        {.number = 1, .name = "temperature", .type = WG_NUMBER, .resolution = "0.01"},
        {.number = 2, .name = "mode", .type = WG_ENUMERATION, .label_count = 2, .labels = labels},
        {.number = 3, .name = "note", .type = WG_TEXT},
    };
    const char* const alarms[] = {"lid_open"};
    char directory[] = "/tmp/wg-c-api-XXXXXX";
    char command[300];
    wg_options options = {.size = sizeof options};
    wg_link_status status = {.size = sizeof status};
    wg_device* device = NULL;
    wg_error error;

    check(mkdtemp(directory) != NULL, "a temporary directory");
    check(strlen(wg_version()) >= 5, "a version");
    check(wg_enroll("nonsense", directory, &error) == WG_INVALID, "a malformed ticket is refused");
    check(strcmp(error.code, "ticket.malformed") == 0, "with its code");
    check(wg_open(NULL, &device, &error) == WG_INVALID, "options are needed");

    options.directory = directory;
    options.dictionary = "cycler";
    options.dictionary_version = 1;
    options.parameters = parameters;
    options.parameter_count = 3;
    options.alarms = alarms;
    options.alarm_count = 1;
    check(wg_open(&options, &device, &error) == WG_TELL_OPERATOR, "a device must be enrolled");
    check(strcmp(error.code, "device.not_enrolled") == 0 && device == NULL, "and is told so");

    write_identity(directory);
    check(wg_open(&options, &device, &error) == WG_OK, "an enrolled device opens");
    check(wg_parameter(device, "mode") == 2 && wg_parameter(device, "color") == 0, "parameters by name");
    check(wg_set(device, 1, 94.98, &error) == WG_OK, "a reading");
    check(wg_set_at(device, 1, 95.5, 1583748873000000, &error) == WG_OK, "a reading with its time");
    check(wg_set(device, 1, 0.0 / 0.0 * 1.0, &error) == WG_INVALID, "not a number is refused");
    check(strcmp(error.code, "frame.not_finite") == 0, "with its code too");
    check(wg_set(device, 2, 5, NULL) == WG_INVALID, "a label that is not there");
    check(wg_set_text(device, 3, "hello", &error) == WG_OK, "a text");
    check(wg_raise(device, "lid_open", "Open.", &error) == WG_OK, "an alarm");
    check(wg_raise(device, "lid_shut", NULL, &error) == WG_INVALID, "an unknown alarm");
    check(wg_clear(device, "lid_open", NULL, &error) == WG_OK, "cleared");
    wg_flush(device);
    check(wg_drain(device, 50, &error) == WG_NOT_STORED, "no platform, nothing stored");
    /* The frame is made by the device's own thread, which may be slower than the 50 ms above. */
    for (int tries = 0; tries < 2000; ++tries) {
        const struct timespec pause = {0, 10000000};
        check(wg_get_link_status(device, &status) == WG_OK, "a status");
        if (status.backlog > 0) break;
        nanosleep(&pause, NULL);
    }
    check(status.backlog > 0 && status.connected == 0, "everything waits in the journal");
    check(strcmp(status.device, "abcdefghijklmnopqrstuvwxyz") == 0, "of this device");
    check(wg_close(device, 100, &error) == WG_OK, "closes");
    check(wg_close(NULL, 0, NULL) == WG_OK, "nothing closes too");

    options.proxy_host = "127.0.0.1";
    check(wg_open(&options, &device, &error) == WG_INVALID, "a proxy without a port is refused");
    options.size = offsetof(wg_options, proxy_host);
    check(wg_open(&options, &device, &error) == WG_OK, "a caller of an older header has none");
    check(wg_close(device, 100, &error) == WG_OK, "and closes");
    snprintf(command, sizeof command, "%s/fresh", directory);
    check_proxy(command);

    snprintf(command, sizeof command, "rm -rf '%s'", directory);
    check(system(command) == 0, "cleaned up");
    return failures == 0 ? 0 : 1;
}
