/* SPDX-License-Identifier: Apache-2.0 */
/* A pump that reports two readings, in C. Usage: example_pump_c DIR (enrolled before: watchglass-agent enroll). */
#include <stdio.h>

#include <watchglass/c/watchglass.h>

int main(int argc, char** argv) {
    const wg_parameter_definition parameters[] = {
        {.number = 4, .name = "pressure", .type = WG_NUMBER, .resolution = "0.000001"},
        {.number = 5, .name = "temperature", .type = WG_NUMBER, .resolution = "0.0001"},
    };
    const char* const alarms[] = {"dry_run", "emergency_stop"};
    wg_options options = {.size = sizeof options};
    wg_device* device = NULL;
    wg_error error;

    if (argc != 2) {
        fprintf(stderr, "Usage: %s DIR\n", argv[0]);
        return 2;
    }
    options.directory = argv[1];
    options.dictionary = "pump-test-bench";
    options.dictionary_version = 1;
    options.parameters = parameters;
    options.parameter_count = sizeof parameters / sizeof parameters[0];
    options.alarms = alarms;
    options.alarm_count = sizeof alarms / sizeof alarms[0];
    options.software = "example-pump 1.0";
    if (wg_open(&options, &device, &error) != WG_OK) {
        fprintf(stderr, "%s [%s]\n", error.message, error.code);
        return 1;
    }

    if (wg_set(device, wg_parameter(device, "pressure"), 0.382638, &error) != WG_OK ||
        wg_set(device, wg_parameter(device, "temperature"), 79.3366, &error) != WG_OK) {
        fprintf(stderr, "%s [%s]\n", error.message, error.code);
    }
    wg_raise(device, "dry_run", "The pump runs without water.", NULL);

    if (wg_drain(device, 30000, &error) != WG_OK) fprintf(stderr, "%s\n", error.message);
    return wg_close(device, 1000, NULL) == WG_OK ? 0 : 1;
}
