#include "seriallist.h"

#ifdef _WIN32

#include <libserialport.h>

#include <stddef.h>

bool p1_seriallist(void (*take)(void *whose,
                                const struct p1_seriallist_port *port),
                   void *whose) {
  struct sp_port **ports = NULL;
  if (sp_list_ports(&ports) != SP_OK)
    return false;
  for (size_t i = 0; ports[i] != NULL; i++) {
    struct p1_seriallist_port port = {
        .name = sp_get_port_name(ports[i]),
        .serial = sp_get_port_usb_serial(ports[i]),
        .product = sp_get_port_description(ports[i])};
    port.usb = sp_get_port_transport(ports[i]) == SP_TRANSPORT_USB &&
               sp_get_port_usb_vid_pid(ports[i], &port.vid, &port.pid) == SP_OK;
    take(whose, &port);
  }
  sp_free_port_list(ports);
  return true;
}

#endif
