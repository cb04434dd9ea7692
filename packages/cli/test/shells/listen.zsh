# listen.zsh DIRECTORY: loads the completion as a user's zsh does, then tells every offer and dies of the first Tab.
PROMPT=
fpath=($1 $fpath)
autoload -Uz compinit
compinit -D -u
compadd() {
    local -a offers
    local -i options=${@[(i)(-|--)]}
    # _describe and _arguments call it to have words sorted out, too: those are no offers.
    if [[ " ${@[1,options]} " == *\ -(O|A|D)\ * ]]; then
        builtin compadd "$@"
        return
    fi
    builtin compadd -A offers "$@"
    local offer
    for offer in $offers; do print -r -- $'\n'"OFFER=$offer"; done
    builtin compadd "$@"
}
finish() { print; print THE END; exit }
comppostfuncs=(finish)
bindkey '^I' complete-word
print LISTENING
