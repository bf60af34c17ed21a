/*
 * diagnosistext.c - what a diagnosis says.
 */
#include "diagnosis.h"

static const struct {
  const char *word, *sentence;
} texts[P1_DIAGNOSIS_COUNT] = {
    [P1_DIAGNOSIS_UNDECIDED] =
        {"undecided", "too little has arrived to tell: a meter speaks once in "
                      "10 s at least, so wait for half a minute"},
    [P1_DIAGNOSIS_HEALTHY] = {"healthy",
                              "telegrams arrive whole, nothing is to be done"},
    [P1_DIAGNOSIS_NOTHING] =
        {"nothing",
         "not a byte arrives: see that the grid operator has enabled the P1 "
         "port, that the cable sits in this port and in the meter, and that "
         "the cable feeds the data request line"},
    [P1_DIAGNOSIS_STOPPED] =
        {"stopped",
         "the line has fallen silent: see that the cable still sits in the "
         "meter and in the adapter, and that both have power"},
    [P1_DIAGNOSIS_NULS] =
        {"nuls",
         "nothing but NUL bytes arrive: either the meter is slower than the "
         "port (Speed 9600 and Framing 7E1 for meters before DSMR 4), or the "
         "cable holds the line low (no inverter, or no pull-up resistor)"},
    [P1_DIAGNOSIS_GARBAGE] =
        {"garbage",
         "bytes arrive, but no text: Speed does not fit this meter (115200 or, "
         "before DSMR 4, 9600), or the line only picks up noise (no ground, an "
         "open end), or this is no P1 port"},
    [P1_DIAGNOSIS_7E1] =
        {"7e1", "text of seven bits and even parity arrives and is read as "
                "eight bits: set Framing to 7E1"},
    [P1_DIAGNOSIS_8N1] =
        {"8n1", "text of eight bits arrives and is read as seven bits with "
                "parity, which loses half of it: set Framing to 8N1"},
    [P1_DIAGNOSIS_INVERTED] =
        {"inverted",
         "the signal is upside down: a P1 port needs a cable that inverts it, "
         "or an adapter that is set to do so, and exactly one of the two"},
    [P1_DIAGNOSIS_ENCRYPTED] =
        {"encrypted",
         "the telegrams are encrypted, as in Luxembourg and parts of Austria: "
         "ask the grid operator for this meter's key"},
    [P1_DIAGNOSIS_HDLC] =
        {"hdlc", "this is DLMS in HDLC frames and not P1: ask the grid "
                 "operator whether the port can be set to P1, or use a reader "
                 "for DLMS"},
    [P1_DIAGNOSIS_MBUS] =
        {"mbus", "this is wired M-Bus and not P1: ask the grid operator "
                 "whether the port can be set to P1, or use a reader for "
                 "M-Bus"},
    [P1_DIAGNOSIS_TEXT] =
        {"text", "this is text of something else, a modem, a GPS receiver or a "
                 "console: see that Device names the port that the meter's "
                 "cable is on"},
    [P1_DIAGNOSIS_CRC] =
        {"crc", "some telegrams arrive damaged, their CRC does not fit: see to "
                "the cable, its length, its ground and its "
                "power supply"},
    [P1_DIAGNOSIS_OTHER_CRC] =
        {"other-crc",
         "telegrams arrive whole to all appearance but their CRC never fits: "
         "this meter works it out in another way, set CRC to ignore"},
    [P1_DIAGNOSIS_NO_CRC] =
        {"no-crc",
         "telegrams arrive without the CRC that this meter sends: see what "
         "stands between the meter and this port and takes it off; CRC ignore "
         "does without"},
    [P1_DIAGNOSIS_CUT] =
        {"cut", "telegrams are cut at the same place each time: see that no "
                "other program reads this port, that FlowControl is none, and "
                "that nothing between has too small a buffer"},
    [P1_DIAGNOSIS_LOSSY] =
        {"lossy", "pieces of telegrams are missing, now here, now there: see "
                  "that no other program reads this port, and to the cable, "
                  "the USB hub and the network between"},
};

static const char *text_of(enum p1_diagnosis_verdict verdict, bool sentence) {
  unsigned index =
      (unsigned)verdict < P1_DIAGNOSIS_COUNT ? (unsigned)verdict : 0;
  return sentence ? texts[index].sentence : texts[index].word;
}

const char *p1_diagnosis_sentence(enum p1_diagnosis_verdict verdict) {
  return text_of(verdict, true);
}

const char *p1_diagnosis_word(enum p1_diagnosis_verdict verdict) {
  return text_of(verdict, false);
}
