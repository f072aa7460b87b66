#!/bin/sh
# The hardware that this machine has not: run once at every boot, before anything of Limen.
set -eu

# gpiozero refuses a machine without a Pi's revision, so this one says that it is a Pi 4.
cat /proc/cpuinfo > /run/venue/cpuinfo
printf 'Hardware\t: BCM2835\nRevision\t: c03111\nSerial\t\t: 10000000deadbeef\nModel\t\t: Raspberry Pi 4 Model B Rev 1.1\n' \
  >> /run/venue/cpuinfo
mount --bind /run/venue/cpuinfo /proc/cpuinfo

# The GPIO chip of a Pi: 54 lines under the name that lgpio and gpiozero look for.
modprobe gpio-sim
mountpoint -q /sys/kernel/config || mount -t configfs none /sys/kernel/config
pi=/sys/kernel/config/gpio-sim/pi
mkdir -p $pi/bank0
echo 54 > $pi/bank0/num_lines
echo pinctrl-bcm2711 > $pi/bank0/label
for line in $(seq 0 27); do
  mkdir -p $pi/bank0/line"$line"
  echo "GPIO$line" > $pi/bank0/line"$line"/name
done
echo 1 > $pi/live
ln -sfn "/sys/devices/platform/$(cat $pi/dev_name)/$(cat $pi/bank0/chip_name)" /run/venue/gpio
# The pulls that a Pi wakes up with: lines 0 to 8 up, the others down.
for line in $(seq 0 8); do echo pull-up > /run/venue/gpio/sim_gpio"$line"/pull; done

# Three radios: the first is the box's own; each other one is a laptop, alone in its network namespace.
modprobe mac80211_hwsim radios=3
udevadm settle
for n in 1 2; do
  phy=$(basename "$(readlink /sys/class/net/wlan$n/phy80211)")
  ip netns add laptop$n
  ip -n laptop$n link set lo up
  iw phy "$phy" set netns name laptop$n
  ip -n laptop$n link set wlan$n name wlan0
done
rfkill unblock wifi

# A starved bluetoothd would lose notifications at its socket after some 270 of them: 10 s at twice life's pace.
echo 4194304 > /proc/sys/net/core/rmem_default
modprobe hci_vhci
