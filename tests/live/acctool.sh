#!/bin/sh
# The made-up program of deploy/handbook/dialogs.md: an account is a file NAME in the folder beside it, one fact a line.
folder=$(dirname "$0")/accounts
echo "$*" >>"$folder/.called"
account() {
    case $1 in '' | *[!a-z0-9_]*) echo "ACC404 NO SUCH ACCOUNT"; exit 4 ;; esac
    [ -f "$folder/$1" ] || { echo "ACC404 NO SUCH ACCOUNT"; exit 4; }
}
fact() { sed -n "s/^$2=//p" "$folder/$1"; }
keep() { # NAME password held stamp
    printf 'password=%s\nheld=%s\nset=%s\npowers=%s\nsecret=%s\n' "$2" "$3" "$4" "$(fact "$1" powers)" "$5" >"$folder/$1.new"
    mv "$folder/$1.new" "$folder/$1"
}
case $1 in
show)
    account "$2"
    printf 'Account ..... : %s\nPassword .... : %s\nSet at ...... : %s\nHeld ........ : %s\nPowers ...... : %s\n' \
        "$2" "$(fact "$2" password)" "$(fact "$2" set)" "$(fact "$2" held)" "$(fact "$2" powers)"
    ;;
newpass)
    [ -f "$folder/.busy" ] && { echo "ACC503 ANOTHER PROGRAM IS AT WORK"; exit 5; }
    read -r name new how
    account "$name"
    [ "${#new}" -ge 8 ] || { echo "ACC422 PASSWORD REJECTED"; exit 6; }
    due="to be changed"
    [ -f "$folder/.careless" ] && due="in use"
    [ "$how" = once ] || due="in use"
    [ -f "$folder/.deaf" ] || keep "$name" "$due" "$(fact "$name" held)" "$(date +%s%N)" "$new"
    ;;
forgive)
    account "$2"
    keep "$2" "$(fact "$2" password)" no "$(fact "$2" set)" "$(fact "$2" secret)"
    ;;
*) echo "ACC400 WHAT IS $1"; exit 9 ;;
esac
