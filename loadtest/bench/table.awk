# Makes the table of run.sh from lines `<measure> <contender> <round> <value>`, where the measure
# may hold spaces: medians, and the median of each round's ratio of the hub to another contender.

function median(list, count,    i, j, swap) {
    for (i = 2; i <= count; i++)
        for (j = i; j > 1 && list[j - 1] > list[j]; j--) {
            swap = list[j]; list[j] = list[j - 1]; list[j - 1] = swap
        }
    if (count % 2) return list[(count + 1) / 2]
    return (list[count / 2] + list[count / 2 + 1]) / 2
}

# The median value of a contender; empty when it was not measured.
function middle(measure, contender,    round, list, count) {
    for (round = 1; round <= rounds; round++)
        if ((measure, contender, round) in values)
            list[++count] = values[measure, contender, round]
    return count ? sprintf("%d", median(list, count)) : ""
}

# The median ratio to a contender; empty when there is none.
function ratio(measure, contender,    round, list, count) {
    for (round = 1; round <= rounds; round++)
        if ((measure, "hub", round) in values && (measure, contender, round) in values \
            && values[measure, contender, round] > 0)
            list[++count] = values[measure, "hub", round] / values[measure, contender, round]
    return count ? sprintf("%.2f", median(list, count)) : ""
}

{
    value = $NF; round = $(NF - 1); contender = $(NF - 2)
    measure = $1
    for (i = 2; i <= NF - 3; i++) measure = measure " " $i
    if (!(measure in seen)) { seen[measure] = 1; order[++measures] = measure }
    values[measure, contender, round] = value
    if (round > rounds) rounds = round
}

END {
    print "| measure | hub | other | its value | hub / other |"
    print "|---|---|---|---|---|"
    others = split("floor16 floor socketify nchan one-filter plain nginx one-loop pgbench pgbench-paced", \
        contenders, " ")
    for (i = 1; i <= measures; i++) {
        printed = 0
        for (c = 1; c <= others; c++) {
            other = middle(order[i], contenders[c])
            if (other == "") continue
            printf "| %s | %s | %s | %s | %s |\n", order[i], middle(order[i], "hub"), \
                contenders[c], other, ratio(order[i], contenders[c])
            printed = 1
        }
        if (!printed) printf "| %s | %s | | | |\n", order[i], middle(order[i], "hub")
    }
}
